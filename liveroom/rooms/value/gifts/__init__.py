"""Gifts: from the command to the combo, its charge, its settlement, the ranks and the thanks (docs/gifts.md)."""

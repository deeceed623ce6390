"""Battles between rooms: how they are kept, told, counted and settled (docs/battle.md)."""

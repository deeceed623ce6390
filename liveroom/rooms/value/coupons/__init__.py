"""Coupons and red packets: campaigns, claims, and what becomes of what was granted (docs/coupons.md)."""

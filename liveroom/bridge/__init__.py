"""Viewers become members of communities."""

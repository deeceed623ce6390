"""Gifts, charges and orders on each kind of database."""

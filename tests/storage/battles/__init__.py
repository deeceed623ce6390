"""Tests of battles through a whole node, each on SQLite and on PostgreSQL."""

"""Tests of the shelf through the service, each on SQLite and on PostgreSQL."""

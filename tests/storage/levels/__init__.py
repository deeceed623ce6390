"""Tests of levels and the fan club through the service, each on SQLite and on PostgreSQL."""

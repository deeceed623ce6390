"""Tests of coupons through the service, each on SQLite and on PostgreSQL."""

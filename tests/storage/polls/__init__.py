"""Tests of polls and lotteries through the service, each on SQLite and on PostgreSQL."""

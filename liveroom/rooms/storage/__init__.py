"""Everything that rooms keep in a database: tables, documents, the outbox, and the room store made of them.

Promise: what was acknowledged is on disk; SQL that differs between SQLite and PostgreSQL is in `portable.py` only.
"""

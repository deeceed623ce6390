"""The steps from one set of tables to the next (Alembic).

Promise: a step is never changed once it was released; each runs in one transaction on both databases.
"""

from __future__ import annotations

HEAD = "0011"
"""Revision of the newest step. Known without Alembic, so that a start that has nothing to do does not load it."""

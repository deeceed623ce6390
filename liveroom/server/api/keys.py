"""Keys for calls that came without one: what is worth money is carried out under a key in any case."""

from __future__ import annotations

import secrets


def make_key() -> str:
    """A key that was never used."""
    return f"http-{secrets.token_hex(16)}"

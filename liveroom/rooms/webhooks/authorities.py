"""Which certificates the app's servers may have: those of the authorities of this machine.

Promise: they are read once for each process; `SSL_CERT_FILE` and `SSL_CERT_DIR` name others.
"""

from __future__ import annotations

import ssl
from functools import cache

import httpx


@cache
def trusted_authorities() -> ssl.SSLContext:
    """What lines to the app's servers believe; to read it takes 20 ms."""
    return httpx.create_ssl_context()

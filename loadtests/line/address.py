"""Where a deployment is reached: the WebSocket address that belongs to its HTTP address."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from websockets.uri import WebSocketURI, parse_uri

_SCHEMES: Final = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}


def find_address(host: str, path: str) -> WebSocketURI:
    """The WebSocket behind `http://…` or `https://…`.

    Raises:
        ValueError: not such an address.
    """
    parts = urlsplit(host)
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise ValueError(f"{host!r} is not an address; write it as https://live.example.org")
    return parse_uri(f"{_SCHEMES[parts.scheme]}://{parts.netloc}{parts.path.rstrip('/')}{path}")

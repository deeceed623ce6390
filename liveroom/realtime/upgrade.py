"""The ordinary request for a WebSocket, answered without a parser for each.

A thousand people may come within a second, and nearly all of their requests are one GET with each field once. Those
are read and answered here; everything else - repeated fields, faults, refusals - is left to the `websockets` library
(`handshake.py`), some 150 µs each.

Promise: what is accepted here the library would have accepted too, with the same answer (tests compare them).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from websockets.utils import accept_key

from liveroom.realtime.codes import PATH, SUBPROTOCOL
from liveroom.realtime.handshake import VERSION, Compression, Handshake, HandshakePolicy, is_allowed, negotiate

ORDINARY_BYTES = 8_192
"""The library knows bounds for lines and fields; below this size none of them is near."""
ORDINARY_FIELDS = 64
OFFER_CHARS = 256
"""Offers of extensions up to this length are answered from memory: browsers know two or three of them."""

_REQUEST = re.compile(rf"GET {re.escape(PATH)}(?:\?[^ ]*)? HTTP/1\.1")
NO_COMPRESSION = Compression()
_KEY = re.compile(r"[A-Za-z0-9+/]{22}==")


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A request that will be accepted, if there is room.

    Args:
        forwarded: its X-Forwarded-For, or empty.
    """

    key: str
    forwarded: str
    compression: Compression

    def accept(self) -> Handshake:
        """The answer 101 (RFC 6455 §4.2.2)."""
        lines = [
            "HTTP/1.1 101 Switching Protocols",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Accept: {accept_key(self.key)}",
            f"Sec-WebSocket-Protocol: {SUBPROTOCOL}",
        ]
        if self.compression.answer is not None:
            lines.append(f"Sec-WebSocket-Extensions: {self.compression.answer}")
        response = "\r\n".join([*lines, "", ""]).encode()
        return Handshake(response, True, extended=self.compression.extended, deflate=self.compression.deflate)


def read_upgrade(data: bytes, policy: HandshakePolicy) -> Upgrade | None:
    """Read a request as uvicorn hands it over: complete, `name: value`, names in lower case.

    Returns:
        None when it is anything but ordinary; the library finds out what is to be said about it.
    """
    if len(data) > ORDINARY_BYTES or not data.isascii():
        return None
    request, *lines = data.decode().removesuffix("\r\n\r\n").split("\r\n")
    fields = dict(line.split(": ", 1) for line in lines if ": " in line)
    if len(fields) != len(lines) or len(fields) > ORDINARY_FIELDS or not "".join(lines).isprintable():
        return None
    key = fields.get("sec-websocket-key", "")
    if _REQUEST.fullmatch(request) is None or _KEY.fullmatch(key) is None or not _is_wanted(fields, policy):
        return None
    compression = _compression(fields.get("sec-websocket-extensions"), policy)
    if compression is None:
        return None
    return Upgrade(key, fields.get("x-forwarded-for", ""), compression)


def _is_wanted(fields: Mapping[str, str], policy: HandshakePolicy) -> bool:
    """Whether upgrade, version, subprotocol, host and origin are those that are let in."""
    host, origin = fields.get("host"), fields.get("origin")
    return (
        fields.get("upgrade", "").lower() == "websocket"
        and "upgrade" in _tokens(fields.get("connection", "").lower())
        and fields.get("sec-websocket-version") == VERSION
        and SUBPROTOCOL in _tokens(fields.get("sec-websocket-protocol", ""))
        and host is not None
        and (origin is None or is_allowed(origin, host, policy))
    )


def _tokens(value: str) -> list[str]:
    return [token.strip() for token in value.split(",")]


def _compression(offer: str | None, policy: HandshakePolicy) -> Compression | None:
    if offer is None or not policy.deflate:
        return NO_COMPRESSION
    return _negotiated(offer) if len(offer) <= OFFER_CHARS else None


_negotiated = lru_cache(maxsize=64)(negotiate)

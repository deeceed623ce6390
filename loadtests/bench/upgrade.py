"""The opening handshake of a client (RFC 6455 §4.1), by hand: thousands of them cost little.

permessage-deflate is not offered to anybody: the comparison is about fan-out, not about zlib.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Final

from loadtests.bench.errors import JoinRefused

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def make_key(nonce: bytes) -> bytes:
    """The `Sec-WebSocket-Key` of sixteen bytes."""
    return base64.b64encode(nonce)


def make_request(host: str, path: str, key: bytes, subprotocol: str | None) -> bytes:
    """The HTTP request that asks for a WebSocket.

    Args:
        host: value of `Host`; also the origin, so that a same-origin rule lets it pass.
        path: path with query.
        key: from `make_key`.
        subprotocol: the one subprotocol to offer, or none.
    """
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key.decode()}",
        "Sec-WebSocket-Version: 13",
        f"Origin: http://{host}",
    ]
    if subprotocol is not None:
        lines.append(f"Sec-WebSocket-Protocol: {subprotocol}")
    return "\r\n".join([*lines, "", ""]).encode()


def read_response(data: bytes, key: bytes) -> bytes | None:
    """Check the answer to `make_request`.

    Args:
        data: everything received so far.
        key: the key that was sent.

    Returns:
        What follows the response; None while it is not complete.

    Raises:
        JoinRefused: another status than 101, or a wrong `Sec-WebSocket-Accept`.
    """
    head, separator, rest = data.partition(b"\r\n\r\n")
    if not separator:
        return None
    lines = head.split(b"\r\n")
    if not lines[0].startswith(b"HTTP/1.1 101"):
        raise JoinRefused(f"the upgrade was answered with {lines[0].decode('latin-1')}")
    accept = base64.b64encode(hashlib.sha1(key + _GUID).digest())  # noqa: S324 - RFC 6455 §4.2.2 names SHA-1
    fields = (line.partition(b":") for line in lines[1:])
    if not any(
        name.strip().lower() == b"sec-websocket-accept" and value.strip() == accept for name, _, value in fields
    ):
        raise JoinRefused("the upgrade was answered without the right Sec-WebSocket-Accept")
    return rest

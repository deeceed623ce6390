"""Who may open a WebSocket, decided before the upgrade and answered in HTTP.

The request itself is parsed and answered by the `websockets` library; the policy is here: path, origin
allowlist against cross-site hijacking (CWE-1385), subprotocol, and how many may come.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from websockets.datastructures import Headers
from websockets.exceptions import InvalidHandshake
from websockets.extensions import Extension
from websockets.extensions.permessage_deflate import PerMessageDeflate, ServerPerMessageDeflateFactory
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from liveroom.realtime.codes import MESSAGE_BYTES, PATH, SUBPROTOCOL
from liveroom.realtime.errors import HandshakeRefused

logger = logging.getLogger(__name__)
# The library writes a line for each request, and on DEBUG its headers too: strangers would fill the log.
logger.setLevel(logging.WARNING)

SAME_ORIGIN = "same"
ANY_ORIGIN = "*"
VERSION = "13"
SERVER_WINDOW_BITS = 12
"""Frames are compressed once for all connections, so all must accept this window (RFC 7692 §7.1.2.1)."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class HandshakePolicy:
    """What is allowed before a connection exists.

    Args:
        origins: exact origins, `same` for the host that was asked, `*` for any; requests without an Origin header
            come from native apps and pass, since nothing here trusts a cookie.
        deflate: whether permessage-deflate may be negotiated.
        trusted_proxies: networks whose X-Forwarded-For is believed.
    """

    origins: frozenset[str] = frozenset({SAME_ORIGIN})
    deflate: bool = True
    trusted_proxies: Sequence[Network] = ()


@dataclass(slots=True)
class Handshake:
    """The outcome of one upgrade.

    Args:
        response: bytes to write.
        accepted: whether they are a 101.
        reason: one word for the metrics when refused.
        extended: permessage-deflate was negotiated, so frames may come compressed.
        deflate: shared compressed frames may be sent.
    """

    response: bytes
    accepted: bool
    reason: str = ""
    extended: bool = False
    deflate: bool = False


@dataclass(frozen=True, slots=True)
class Compression:
    """What came of an offer of permessage-deflate.

    Args:
        answer: the header field to answer with; None: not negotiated.
        deflate: shared compressed frames may be sent.
    """

    answer: str | None = None
    deflate: bool = False

    @property
    def extended(self) -> bool:
        """Whether frames may come compressed."""
        return self.answer is not None


def negotiate(offer: str) -> Compression | None:
    """Answer a `Sec-WebSocket-Extensions` (RFC 7692 §7.1); None when it is malformed."""
    protocol = ServerProtocol(extensions=[_factory()], logger=logger)
    try:
        answer, agreed = protocol.process_extensions(Headers({"Sec-WebSocket-Extensions": offer}))
    except InvalidHandshake:
        return None
    return Compression(answer, _shares_frames(agreed))


def receive_handshake(data: bytes, policy: HandshakePolicy) -> tuple[ServerProtocol, Request | None]:
    """Parse the bytes of one complete upgrade request; no request when it cannot be parsed."""
    extensions = [_factory()] if policy.deflate else None
    protocol = ServerProtocol(
        subprotocols=[Subprotocol(SUBPROTOCOL)], extensions=extensions, max_size=MESSAGE_BYTES, logger=logger
    )
    protocol.receive_data(data)
    events = protocol.events_received()
    request = events[0] if events else None
    return protocol, request if isinstance(request, Request) else None


def answer_handshake(protocol: ServerProtocol, request: Request, refused: HandshakeRefused | None) -> Handshake:
    """Write the response: 101, the refusal given, or the library's own for a malformed upgrade."""
    response = protocol.accept(request) if refused is None else _refusal(protocol, refused)
    protocol.send_response(response)
    data = b"".join(protocol.data_to_send())
    accepted = response.status_code == HTTPStatus.SWITCHING_PROTOCOLS
    return Handshake(
        data,
        accepted,
        reason=refused.reason if refused else "" if accepted else "malformed",
        extended=accepted and bool(protocol.extensions),
        deflate=accepted and _shares_frames(protocol.extensions),
    )


def check_request(request: Request, policy: HandshakePolicy) -> None:
    """Check path, host, origin, version and subprotocol.

    Raises:
        HandshakeRefused: 404, 400, 403 or 426.
    """
    if request.path.partition("?")[0] != PATH:
        raise HandshakeRefused(404, f"WebSockets are served at {PATH}", reason="path")
    hosts = request.headers.get_all("Host")
    if len(hosts) != 1:
        raise HandshakeRefused(400, "one Host header is needed", reason="malformed")
    origins = request.headers.get_all("Origin")
    if origins and not (len(origins) == 1 and is_allowed(origins[0], hosts[0], policy)):
        raise HandshakeRefused(403, "this origin is not allowed", reason="origin")
    versions = request.headers.get_all("Sec-WebSocket-Version")
    if len(versions) == 1 and versions[0] != VERSION:
        raise HandshakeRefused(426, f"version {VERSION} of the WebSocket protocol is needed", reason="version")
    offered = [name.strip() for line in request.headers.get_all("Sec-WebSocket-Protocol") for name in line.split(",")]
    if SUBPROTOCOL not in offered:
        raise HandshakeRefused(426, f"the subprotocol {SUBPROTOCOL} is needed", reason="subprotocol")


def client_address(peer: str, forwarded: str, policy: HandshakePolicy) -> str:
    """The address a connection comes from: the last hop in X-Forwarded-For that is not a trusted proxy.

    Args:
        peer: address of the TCP connection.
        forwarded: the X-Forwarded-For headers, joined; ignored unless the peer is trusted.
    """
    address = peer
    hops = [hop.strip() for hop in forwarded.split(",")] if forwarded and policy.trusted_proxies else []
    while hops and is_trusted(address, policy):
        address = hops.pop()
    return address


def is_allowed(origin: str, host: str, policy: HandshakePolicy) -> bool:
    """Whether pages of this origin may connect (CWE-1385)."""
    if ANY_ORIGIN in policy.origins:
        return True
    if "://" in origin and origin in policy.origins:
        return True
    same = (f"http://{host}".lower(), f"https://{host}".lower())
    return SAME_ORIGIN in policy.origins and bool(host) and origin.lower() in same


def is_trusted(address: str, policy: HandshakePolicy) -> bool:
    """Whether an address is that of a proxy whose X-Forwarded-For is believed."""
    if not policy.trusted_proxies:
        return False
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    # A socket that listens on all of IPv6 shows IPv4 peers in this form.
    mapped = getattr(parsed, "ipv4_mapped", None)
    return any((mapped or parsed) in network for network in policy.trusted_proxies)


def _shares_frames(agreed: Sequence[Extension]) -> bool:
    """Whether frames compressed once for everybody fit what was agreed."""
    return any(
        isinstance(each, PerMessageDeflate) and each.local_max_window_bits == SERVER_WINDOW_BITS for each in agreed
    )


def _factory() -> ServerPerMessageDeflateFactory:
    return ServerPerMessageDeflateFactory(
        server_no_context_takeover=True,
        client_no_context_takeover=True,
        server_max_window_bits=SERVER_WINDOW_BITS,
    )


def _refusal(protocol: ServerProtocol, refused: HandshakeRefused) -> Response:
    response = protocol.reject(HTTPStatus(refused.status), refused.message + "\n")
    if refused.status == HTTPStatus.UPGRADE_REQUIRED:
        # RFC 9110 §15.5.22 and RFC 6455 §4.4: the answer says what is understood here.
        response.headers["Upgrade"] = "websocket"
        response.headers["Sec-WebSocket-Version"] = VERSION
    if refused.retry_after_s is not None:
        response.headers["Retry-After"] = str(refused.retry_after_s)
    return response

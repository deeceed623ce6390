"""Cross-site WebSocket hijacking (CWE-1385) and whose word on addresses counts: the policy as tables."""

from __future__ import annotations

import ipaddress

import pytest
from websockets.datastructures import Headers
from websockets.http11 import Request

from liveroom.realtime.errors import HandshakeRefused
from liveroom.realtime.handshake import HandshakePolicy, check_request, client_address
from tests.support.raw_socket import RawSocket
from tests.support.server import Server

SAME = HandshakePolicy()
LISTED = HandshakePolicy(origins=frozenset({"https://shop.example", "https://app.example:8443"}))
BOTH = HandshakePolicy(origins=frozenset({"same", "https://shop.example"}))
ANY = HandshakePolicy(origins=frozenset({"*"}))
HOST = "live.example"

ALLOWED = [
    (SAME, ()),
    (SAME, ("https://live.example",)),
    (SAME, ("http://LIVE.example",)),
    (LISTED, ()),
    (LISTED, ("https://shop.example",)),
    (LISTED, ("https://app.example:8443",)),
    (BOTH, ("https://live.example",)),
    (BOTH, ("https://shop.example",)),
    (ANY, ("https://evil.example",)),
    (ANY, ("null",)),
]
FORBIDDEN = [
    *((policy, ("null",)) for policy in (SAME, LISTED, BOTH)),
    *((SAME, (origin,)) for origin in ("same", "*", "", "live.example", "//live.example", "ftp://live.example")),
    (SAME, ("https://evil.example",)),
    (SAME, ("https://live.example.evil.example",)),
    (SAME, ("https://evil-live.example",)),
    (SAME, ("https://sub.live.example",)),
    (SAME, ("https://live.example:8443",)),
    (SAME, ("https://live.example/",)),
    (SAME, ("https://user@live.example",)),
    (SAME, ("http://[::1",)),
    (SAME, ("https://live.example", "https://evil.example")),
    (SAME, ("https://live.example", "https://live.example")),
    (LISTED, ("https://live.example",)),
    (LISTED, ("http://shop.example",)),
    (LISTED, ("https://shop.example:444",)),
    (LISTED, ("https://shop.example.evil.example",)),
    (LISTED, ("https://sub.shop.example",)),
    (LISTED, ("https://evilshop.example",)),
    (LISTED, ("https://shop.example/",)),
    (LISTED, ("https://app.example",)),
]


def check(policy: HandshakePolicy, origins: tuple[str, ...]) -> None:
    """An upgrade request with these Origin headers."""
    headers = Headers([("Host", HOST), ("Sec-WebSocket-Protocol", "live.v1.json"), ("Sec-WebSocket-Version", "13")])
    for origin in origins:
        headers["Origin"] = origin
    check_request(Request("/ws", headers), policy)


@pytest.mark.parametrize(("policy", "origins"), ALLOWED)
def test_an_origin_on_the_list_is_allowed(policy: HandshakePolicy, origins: tuple[str, ...]) -> None:
    """And a client that is no browser, which sends none."""
    check(policy, origins)


@pytest.mark.parametrize(("policy", "origins"), FORBIDDEN)
def test_any_other_origin_is_refused_with_403(policy: HandshakePolicy, origins: tuple[str, ...]) -> None:
    """Exactly the scheme, host and port of the list (S1)."""
    with pytest.raises(HandshakeRefused) as refused:
        check(policy, origins)
    assert refused.value.status == 403


def test_a_foreign_origin_is_refused_before_the_upgrade(server: Server) -> None:
    """On a real socket, as it is configured by default."""
    with RawSocket(server.port) as raw:
        assert raw.upgrade(origin="https://evil.example").status == 403
    with RawSocket(server.port) as raw:
        assert raw.upgrade(origin="http://live.example").status == 101


PROXIED = HandshakePolicy(trusted_proxies=(ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8")))
STRANGER, VIEWER, PROXY = "198.51.100.9", "203.0.113.7", "10.1.2.3"


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        (STRANGER, VIEWER, STRANGER),
        (STRANGER, "", STRANGER),
        (PROXY, "", PROXY),
        (PROXY, VIEWER, VIEWER),
        (PROXY, f"{STRANGER}, {VIEWER}", VIEWER),
        (PROXY, f"{STRANGER},{VIEWER},10.9.9.9", VIEWER),
        (PROXY, "10.8.8.8, 10.9.9.9", "10.8.8.8"),
        ("fd00::1", VIEWER, VIEWER),
        (f"::ffff:{PROXY}", VIEWER, VIEWER),
        (f"::ffff:{STRANGER}", VIEWER, f"::ffff:{STRANGER}"),
        ("", VIEWER, ""),
    ],
)
def test_a_forwarded_address_is_believed_from_trusted_proxies_alone(peer: str, forwarded: str, address: str) -> None:
    """What a stranger writes in front of the header is not believed either."""
    assert client_address(peer, forwarded, PROXIED) == address


def test_without_trusted_proxies_nobody_is_believed() -> None:
    """The default."""
    assert client_address(PROXY, VIEWER, SAME) == PROXY

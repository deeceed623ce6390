"""The short way of an ordinary upgrade request gives what the library would have given, or nothing."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from liveroom.realtime.errors import HandshakeRefused
from liveroom.realtime.handshake import (
    Handshake,
    HandshakePolicy,
    answer_handshake,
    check_request,
    receive_handshake,
)
from liveroom.realtime.upgrade import ORDINARY_BYTES, ORDINARY_FIELDS, read_upgrade

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ORDINARY = {
    "host": "live.example",
    "upgrade": "websocket",
    "connection": "Upgrade",
    "sec-websocket-key": KEY,
    "sec-websocket-version": "13",
    "sec-websocket-protocol": "live.v1.json",
}
VALUES = {
    "host": ["live.example", "", "other.example:8000"],
    "origin": ["http://live.example", "https://live.example", "https://evil.example", "null", "http://", "LIVE"],
    "upgrade": ["websocket", "WebSocket", "h2c", "websocket, h2c", ""],
    "connection": ["Upgrade", "keep-alive, upgrade", "keep-alive", "close", "", "upgrade,,", ","],
    "sec-websocket-key": [KEY, "c2hvcnQ=", "!" * 22 + "==", KEY + KEY, "", KEY + " "],
    "sec-websocket-version": ["13", "8", "13, 8", "", "013"],
    "sec-websocket-protocol": ["live.v1.json", "x, live.v1.json", "live.v1.json.x", "", "LIVE.V1.JSON"],
    "sec-websocket-extensions": [
        "permessage-deflate",
        "permessage-deflate; client_max_window_bits",
        "permessage-deflate; server_max_window_bits=10",
        "permessage-deflate; server_max_window_bits=15, permessage-deflate",
        "permessage-deflate; nonsense",
        "x-unknown",
        "a b",
        ";",
        "",
    ],
    "x-forwarded-for": ["192.0.2.7", "192.0.2.7, 198.51.100.1"],
    "cookie": ["a=b; c=d", "tab\there", "bell\x07", "\x7f", "naïve"],
}
REQUESTS = st.sampled_from(
    ["GET /ws HTTP/1.1"] * 6
    + ["GET /ws?t=1 HTTP/1.1", "GET /ws HTTP/1.0", "POST /ws HTTP/1.1", "GET /ws/x HTTP/1.1", "GET /wsx HTTP/1.1"]
)
FIELDS = st.lists(st.sampled_from([(name, value) for name, values in VALUES.items() for value in values]), max_size=4)
DROPPED = st.sets(st.sampled_from(sorted(ORDINARY)), max_size=1)
POLICIES = st.sampled_from(
    [HandshakePolicy(), HandshakePolicy(deflate=False), HandshakePolicy(origins=frozenset({"*"}))]
)


def write(request: str, fields: list[tuple[str, str]]) -> bytes:
    """As uvicorn hands a request over."""
    return "".join([f"{request}\r\n", *(f"{name}: {value}\r\n" for name, value in fields), "\r\n"]).encode()


def ask_library(data: bytes, policy: HandshakePolicy) -> Handshake | None:
    """The long way, without limits on how many may come."""
    protocol, request = receive_handshake(data, policy)
    if request is None:
        return None
    try:
        check_request(request, policy)
    except HandshakeRefused as refused:
        return answer_handshake(protocol, request, refused)
    return answer_handshake(protocol, request, None)


def read_fields(response: bytes) -> list[str]:
    """Status and header fields, but the date."""
    return sorted(line for line in response.decode().split("\r\n") if not line.startswith("Date: "))


@given(REQUESTS, DROPPED, FIELDS, POLICIES)
@example("GET /ws HTTP/1.1", set(), [("sec-websocket-extensions", "")], HandshakePolicy())
@example("GET /ws HTTP/1.1", set(), [("cookie", "bell\x07")], HandshakePolicy())
@example("GET /ws HTTP/1.1", set(), [("connection", "no-upgrade")], HandshakePolicy())
def test_what_the_short_way_accepts_the_library_accepts_in_the_same_words(
    request: str, dropped: set[str], more: list[tuple[str, str]], policy: HandshakePolicy
) -> None:
    """Fields changed, added, repeated or left out; a changed one takes the place of the ordinary one half the time."""
    changed = dict(more[::2])
    fields = [(name, changed.pop(name, value)) for name, value in ORDINARY.items() if name not in dropped]
    data = write(request, [*fields, *changed.items(), *more[1::2]])
    upgrade = read_upgrade(data, policy)
    if upgrade is None:
        return
    short, long = upgrade.accept(), ask_library(data, policy)
    assert long is not None
    assert read_fields(short.response) == read_fields(long.response)
    assert (short.accepted, short.extended, short.deflate) == (True, long.extended, long.deflate)


def test_what_browsers_and_our_clients_send_goes_the_short_way() -> None:
    """Or it would be no use."""
    fields = ORDINARY | {
        "origin": "https://live.example",
        "connection": "keep-alive, Upgrade",
        "sec-websocket-extensions": "permessage-deflate; client_max_window_bits",
        "user-agent": "Mozilla/5.0 (X11; Linux x86_64)",
        "cookie": "a=b",
        "x-forwarded-for": "192.0.2.7",
    }
    upgrade = read_upgrade(write("GET /ws HTTP/1.1", list(fields.items())), HandshakePolicy())
    assert upgrade is not None
    assert upgrade.forwarded == "192.0.2.7"
    assert upgrade.accept().deflate


def test_large_requests_and_many_fields_are_left_to_the_library() -> None:
    """It has bounds of its own and answers with 431."""
    large = write("GET /ws HTTP/1.1", [*ORDINARY.items(), ("cookie", "c" * ORDINARY_BYTES)])
    many = [(f"x-{number}", "1") for number in range(ORDINARY_FIELDS)]
    assert read_upgrade(large, HandshakePolicy()) is None
    assert read_upgrade(write("GET /ws HTTP/1.1", [*ORDINARY.items(), *many]), HandshakePolicy()) is None

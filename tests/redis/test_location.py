"""URLs: what is understood, and that nothing of one is repeated."""

from __future__ import annotations

import pytest

from liveroom.realtime.backplane.redis.location import Address, Kind, read_location

WELL = {
    "redis://h": (Kind.SINGLE, (Address("h", 6379),), 0, ""),
    "redis://:pw@h:7000/3": (Kind.SINGLE, (Address("h", 7000),), 3, ""),
    "redis://[::1]:7000": (Kind.SINGLE, (Address("::1", 7000),), 0, ""),
    "redis://[::1]": (Kind.SINGLE, (Address("::1", 6379),), 0, ""),
    "unix:///run/valkey.sock?db=2": (Kind.SINGLE, (Address("/run/valkey.sock", 0),), 2, ""),
    "redis+sentinel://a,b:1,c/main/4": (
        Kind.SENTINEL,
        (Address("a", 26379), Address("b", 1), Address("c", 26379)),
        4,
        "main",
    ),
    "rediss+cluster://a:1,b": (Kind.CLUSTER, (Address("a", 1), Address("b", 6379)), 0, ""),
}


@pytest.mark.parametrize("url", WELL)
def test_each_form_is_understood(url: str) -> None:
    location = read_location(url)
    assert (location.kind, location.addresses, location.db, location.service) == WELL[url]
    assert location.has_tls == url.startswith("rediss")


def test_credentials_may_hold_any_character() -> None:
    location = read_location("redis://live:p%40ss%2F%3A@h/0")
    assert (location.user, location.password) == ("live", "p@ss/:")
    assert read_location("redis+sentinel://h/m?sentinel_password=s%26").sentinel_password == "s&"


@pytest.mark.parametrize(
    "url",
    [
        "http://hidden@h",
        "hidden",
        "redis://",
        "redis://hidden@",
        "redis://:hidden@h:0",
        "redis://:hidden@h:65536",
        "redis://:hidden@h:port",
        "redis://:hidden@h/x",
        "redis://:hidden@h/1/2",
        "redis://:hidden@a,b",
        "redis://:hidden@h?hidden=1",
        "redis+sentinel://:hidden@h",
        "redis+cluster://:hidden@h/1",
        "unix://hidden",
        "redis://[hidden",
    ],
)
def test_what_is_not_understood_is_refused_unseen(url: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the text is looked at below
        read_location(url)
    assert "hidden" not in str(refused.value)


def test_a_password_is_never_shown() -> None:
    location = read_location("redis+sentinel://user:hidden@h/m?sentinel_password=hidden")
    assert "hidden" not in f"{location!r} {location}"

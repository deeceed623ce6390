"""How often somebody may call over HTTP: users, servers and strangers each have a rate of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from liveroom.realtime.identity import Role
from tests.support.http_app import AWAY, KEY, ROOM, HttpApp, running_app

PATH = f"/api/v1/rooms/{ROOM}"
ELSEWHERE = "198.51.100.9"


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[HttpApp]:
    """Small rates: two users' calls a second, four of servers, one of strangers; five seconds of them at once."""
    rates = {"http_calls_per_s": 2.0, "http_service_calls_per_s": 4.0, "http_stranger_calls_per_s": 1.0}
    async with running_app(tmp_path, **rates) as app:
        await app.open_room()
        app.clock.advance(10_000)
        yield app


async def count(app: HttpApp, path: str, bearer: str | None, *, address: str = AWAY, tries: int = 25) -> int:
    """How many calls are let through until one is refused for its rate."""
    for number in range(tries):
        if (await app.call("GET", path, bearer, address=address)).status_code == 429:
            return number
    return tries


async def test_a_user_above_the_rate_is_told_how_long_to_wait(app: HttpApp) -> None:
    """429, `Retry-After` and the error object, whatever the address; after the wait the next call is let through."""
    token = app.token("u1")
    assert await count(app, PATH, token) == 10
    answer = await app.call("GET", PATH, token, address=ELSEWHERE)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "1"
    error = answer.json()["error"]
    assert (error["code"], error["retryable"]) == ("rate_limited", True)
    assert 0 < error["retry_after_ms"] <= 501
    app.clock.advance(error["retry_after_ms"])
    assert (await app.call("GET", PATH, token)).status_code == 200
    assert (await app.call("GET", PATH, token)).status_code == 429


async def test_another_user_at_the_same_address_is_not_slowed_down(app: HttpApp) -> None:
    assert await count(app, PATH, app.token("u1")) == 10
    assert await count(app, PATH, app.token("u2")) == 10


async def test_servers_and_operators_have_a_rate_of_their_own(app: HttpApp) -> None:
    """A user who is called like a server does not use up its rate."""
    assert await count(app, PATH, app.token("service:shop")) == 10
    assert await count(app, PATH, KEY) == 20
    assert await count(app, PATH, app.token("op", Role.OPERATOR)) == 20


async def test_strangers_share_the_rate_of_their_address(app: HttpApp) -> None:
    """Whatever they ask for, with or without something that looks like a token; people with a token are let through."""
    assert await count(app, "/asyncapi.json", None) == 5
    refused = await app.call("GET", "/web/liveroom.js")
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "rate_limited")
    assert (await app.call("GET", PATH, "no-token")).status_code == 429
    assert (await app.call("GET", "/api/v1/nothing", "no-token")).status_code == 429
    assert (await app.call("GET", "/asyncapi.json", KEY)).status_code == 429, "a key changes nothing where none is read"
    assert (await app.call("GET", PATH, app.token("u1"))).status_code == 200
    assert (await app.call("GET", "/asyncapi.json", address=ELSEWHERE)).status_code == 200


async def test_refused_credentials_are_charged_to_the_address(app: HttpApp) -> None:
    """Guessing is slow: 401 a few times, then 429."""
    seen = [(await app.call("GET", PATH, f"guess-{number}")).status_code for number in range(8)]
    assert seen == [401] * 5 + [429] * 3


async def test_a_network_of_ipv6_is_one_address(app: HttpApp) -> None:
    for number in range(5):
        assert (await app.call("GET", "/asyncapi.json", address=f"2001:db8:1:2::{number}")).status_code == 200
    assert (await app.call("GET", "/asyncapi.json", address="2001:db8:1:2:ffff::1")).status_code == 429
    assert (await app.call("GET", "/asyncapi.json", address="2001:db8:1:3::1")).status_code == 200


async def test_guests_are_charged_to_their_address(app: HttpApp) -> None:
    """A new guest is no new allowance."""
    seen = [(await app.call("GET", PATH, app.guest())).status_code for _ in range(7)]
    assert seen == [200] * 5 + [429] * 2


async def test_health_is_answered_whatever_else_is_asked(app: HttpApp) -> None:
    """An orchestrator would take a refusal for a fault."""
    assert await count(app, "/asyncapi.json", None) == 5
    for path in ("/healthz", "/readyz"):
        assert await count(app, path, None) == 25


async def test_the_parts_of_a_page_count_for_little(app: HttpApp) -> None:
    """Ten people behind one address open a page of sixty parts; a flood of them is refused all the same."""
    assert await count(app, "/web/liveroom.js", None, tries=150) == 100

"""What the claims of a rightly signed token may be, and when they hold (S3, L2)."""

from __future__ import annotations

from typing import Any

import pytest

from liveroom.server.auth import TokenVerifier
from liveroom.server.errors import InvalidToken, TokenExpired
from tests.support.clock import FakeClock
from tests.support.jwts import HEADER, SECRET, SETTINGS, sign, sign_by_hand

BAD_CLAIMS: list[tuple[str, dict[str, Any]]] = [
    ("exp", {"exp": None}),
    ("exp", {"exp": "1"}),
    ("exp", {"exp": True}),
    ("exp", {"exp": -1}),
    ("exp", {"exp": 10**30}),
    ("exp", {"exp": []}),
    ("sub", {"sub": None}),
    ("sub", {"sub": ""}),
    ("sub", {"sub": 7}),
    ("sub", {"sub": "a b"}),
    ("sub", {"sub": "a\n"}),
    ("sub", {"sub": "u" * 129}),
    ("name", {"name": "n" * 257}),
    ("name", {"name": 1}),
    ("role", {"role": "guest"}),
    ("role", {"role": "admin"}),
    ("role", {"role": ["host"]}),
    ("rooms", {"role": "host"}),
    ("rooms", {"role": "moderator"}),
    ("rooms", {"rooms": "demo"}),
    ("rooms", {"rooms": ["de mo"]}),
    ("rooms", {"rooms": [f"r{i}" for i in range(257)]}),
    ("lang", {"lang": "../../etc"}),
    ("jti", {"jti": "j" * 129}),
    ("iat", {"iat": "now"}),
    ("traits", {"traits": []}),
    ("traits", {"traits": {"level": -1}}),
    ("traits", {"traits": {"level": 2.5}}),
    ("traits", {"traits": {"birthday": "13-01"}}),
    ("traits", {"traits": {"member_of": ["c"] * 33}}),
    ("traits", {"traits": {"source": "s" * 65}}),
]


@pytest.mark.parametrize(("claim", "change"), BAD_CLAIMS, ids=lambda value: str(value)[:40])
async def test_a_claim_that_is_not_acceptable_is_named(
    verifier: TokenVerifier, now_s: int, claim: str, change: dict[str, Any]
) -> None:
    payload = {"sub": "u1", "exp": now_s + 60} | change
    payload = {name: value for name, value in payload.items() if value is not None}
    with pytest.raises(InvalidToken, match=claim):
        await verifier.verify(sign(payload))


async def test_a_payload_that_is_no_object_is_refused(verifier: TokenVerifier) -> None:
    for payload in (b"[]", b'"x"', b"1", b"null", b"{", b"", b'{"sub":"u1","exp":NaN}', b'{"exp":Infinity}', b"\xff"):
        if payload:
            with pytest.raises(InvalidToken):
                await verifier.verify(sign_by_hand(HEADER, payload, SECRET))


async def test_a_token_ends_at_its_end_and_the_leeway(verifier: TokenVerifier, clock: FakeClock, now_s: int) -> None:
    token = sign({"sub": "u1", "exp": now_s + 60})
    clock.advance((60 + SETTINGS.jwt_leeway_s) * 1000 - 1)
    assert not (await verifier.verify(token)).is_expired(clock.now_ms())
    identity = await verifier.verify(token)
    clock.advance(1)
    assert identity.is_expired(clock.now_ms())
    with pytest.raises(TokenExpired) as expired:
        await verifier.verify(token)
    assert (expired.value.code, expired.value.retryable) == ("token_expired", True)


@pytest.mark.parametrize("claim", ["nbf", "iat"])
async def test_a_token_from_the_future_is_refused_until_then(
    verifier: TokenVerifier, clock: FakeClock, now_s: int, claim: str
) -> None:
    token = sign({"sub": "u1", "exp": now_s + 600, claim: now_s + 60})
    with pytest.raises(InvalidToken, match=claim):
        await verifier.verify(token)
    clock.advance(60_000)
    assert await verifier.verify(token)


async def test_a_token_that_lives_too_long_is_refused(verifier: TokenVerifier, now_s: int) -> None:
    limit_s = SETTINGS.jwt_lifetime_s + SETTINGS.jwt_leeway_s
    assert await verifier.verify(sign({"sub": "u1", "exp": now_s + limit_s}))
    for claims in ({"exp": now_s + limit_s + 1}, {"exp": now_s + limit_s, "iat": now_s - 1}):
        with pytest.raises(InvalidToken, match="lives longer"):
            await verifier.verify(sign({"sub": "u1"} | claims))


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("  小  雨 ", "小 雨"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("line\nbreak\x00", "linebreak"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("\u2066\u2069", "u1"),
        ("n" * 200, "n" * 64),
    ],
)
async def test_a_name_is_one_line_that_cannot_turn_the_text_around_it(
    verifier: TokenVerifier, now_s: int, given_name: str, shown: str
) -> None:
    identity = await verifier.verify(sign({"sub": "u1", "exp": now_s + 60, "name": given_name}))
    assert identity.name == shown

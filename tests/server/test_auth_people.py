"""Guests, bans and revoked tokens (L2)."""

from __future__ import annotations

import pytest

from liveroom.realtime.identity import Role
from liveroom.realtime.wire import Connect
from liveroom.server.auth import Revocations, TokenIssuer, TokenVerifier
from liveroom.server.auth.issuer import GUEST_AUDIENCE, GUEST_TYPE, derive_guest_key
from liveroom.server.errors import Banned, InvalidToken
from tests.support.clock import FakeClock
from tests.support.jwts import SECRET, sign


async def test_a_guest_is_a_guest_everywhere_and_the_same_one_next_time(
    issuer: TokenIssuer, verifier: TokenVerifier
) -> None:
    token = issuer.issue_guest(lang="zh")
    guest = await verifier.verify(token)
    assert guest.guest
    assert guest.role_in("demo") is Role.GUEST
    assert guest.name.startswith("游客")
    assert (await verifier.verify(token)).user_id == guest.user_id
    assert (await verifier.verify(issuer.issue_guest(lang="en"))).name.startswith("Guest ")


@pytest.mark.parametrize("lang", ["zh-Hans-CN", "en-x-a", "ABC-12345678-12345678-12345678"])
async def test_a_guest_is_accepted_with_every_language_the_wire_allows(
    issuer: TokenIssuer, verifier: TokenVerifier, lang: str
) -> None:
    assert Connect(id=1, type="connect", lang=lang).lang == lang
    assert (await verifier.verify(issuer.issue_guest(lang=lang))).lang == lang


@pytest.mark.parametrize("role", ["host", "operator", "service"])
async def test_nothing_in_a_guest_token_makes_more_of_a_guest(verifier: TokenVerifier, now_s: int, role: str) -> None:
    payload = {"sub": "g1", "exp": now_s + 60, "aud": GUEST_AUDIENCE, "role": role, "rooms": ["demo"]}
    identity = await verifier.verify(sign(payload, derive_guest_key(SECRET), typ=GUEST_TYPE))
    assert identity.role_in("demo") is Role.GUEST


async def test_the_two_kinds_of_token_cannot_stand_in_for_each_other(
    issuer: TokenIssuer, verifier: TokenVerifier, now_s: int
) -> None:
    user_as_guest = sign({"sub": "u1", "exp": now_s + 60, "aud": GUEST_AUDIENCE}, typ=GUEST_TYPE)
    guest_as_user = sign({"sub": "g1", "exp": now_s + 60, "role": "operator"}, derive_guest_key(SECRET))
    for token in (user_as_guest, guest_as_user):
        with pytest.raises(InvalidToken, match="signature"):
            await verifier.verify(token)


async def test_a_banned_person_is_refused_with_any_token_until_the_ban_ends(
    issuer: TokenIssuer, verifier: TokenVerifier, revocations: Revocations, clock: FakeClock
) -> None:
    token = issuer.issue("u1")
    revocations.ban_user("u1", clock.now_ms() + 1000)
    with pytest.raises(Banned) as banned:
        await verifier.verify(token)
    assert (banned.value.code, banned.value.retryable) == ("banned", False)
    assert await verifier.verify(issuer.issue("u2"))
    clock.advance(1000)
    assert await verifier.verify(token)


async def test_a_revoked_token_is_refused_and_others_of_the_same_person_are_not(
    issuer: TokenIssuer, verifier: TokenVerifier, revocations: Revocations
) -> None:
    token, other = issuer.issue("u1"), issuer.issue("u1")
    identity = await verifier.verify(token)
    assert identity.token_id
    revocations.revoke_token(identity.token_id, identity.expires_at_ms)
    with pytest.raises(InvalidToken, match="revoked"):
        await verifier.verify(token)
    assert await verifier.verify(other)

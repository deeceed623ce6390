"""User and guest tokens signed with the secret: what is accepted, what is refused, and with which error (S3, L2)."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveroom.realtime.identity import Identity, Role
from liveroom.server.auth import Revocations, TokenIssuer, TokenVerifier, make_verifier
from liveroom.server.auth.issuer import GUEST_AUDIENCE, derive_guest_key
from liveroom.server.errors import InvalidToken, ServerError, TokenExpired
from tests.support.clock import FakeClock
from tests.support.jwts import SECRET, SETTINGS, encode_part, make_key, sign, sign_by_hand

STRICT = SETTINGS.model_copy(update={"jwt_issuer": "https://id.example.org", "jwt_audience": "live"})


async def test_an_issued_token_gives_back_everything_it_was_issued_with(
    issuer: TokenIssuer, verifier: TokenVerifier, now_s: int
) -> None:
    traits = {"level": 7, "source": "ad", "member_of": ["c1"], "bought": True, "birthday": "02-29", "demo": True}
    token = issuer.issue("u1", name="小雨", role=Role.HOST, rooms=["demo"], lang="zh-CN", traits=traits, lifetime_s=60)
    identity = await verifier.verify(token)
    assert identity == Identity(
        user_id="u1",
        name="小雨",
        role=Role.HOST,
        rooms=frozenset({"demo"}),
        traits=traits,
        lang="zh-CN",
        expires_at_ms=(now_s + 60 + SETTINGS.jwt_leeway_s) * 1000,
        token_id=identity.token_id,
    )
    assert identity.token_id


async def test_a_token_with_subject_and_end_alone_is_a_viewer_of_any_room(verifier: TokenVerifier, now_s: int) -> None:
    identity = await verifier.verify(sign({"sub": "u1", "exp": now_s + 60}))
    assert (identity.role, identity.name, identity.rooms, identity.guest) == (Role.VIEWER, "u1", None, False)


FORGED_HEADERS: list[dict[str, Any]] = [
    {"alg": "none"},
    {"alg": "None"},
    {"alg": ""},
    {"alg": "hs256"},
    {"alg": "HS512"},
    {"alg": "RS256"},
    {"alg": ["HS256"]},
    {"alg": {"HS256": 1}},
    {"alg": None},
    {"alg": "HS256", "crit": ["exp"]},
    {"alg": "HS256", "b64": False},
    {"alg": "HS256", "kid": ["a"]},
    {"alg": "HS256", "kid": "k" * 257},
    {"alg": "HS256", "typ": 1},
]


@pytest.mark.parametrize("header", FORGED_HEADERS, ids=str)
async def test_a_forged_header_is_refused_though_the_signature_is_right(
    verifier: TokenVerifier, now_s: int, header: dict[str, Any]
) -> None:
    with pytest.raises(InvalidToken):
        await verifier.verify(sign_by_hand(header, {"sub": "u1", "exp": now_s + 60}, SECRET))


async def test_an_unsigned_token_is_refused_in_every_spelling(verifier: TokenVerifier, now_s: int) -> None:
    payload = encode_part({"sub": "u1", "exp": now_s + 60})
    for alg in ("none", "None", "NONE", "nOnE", "HS256"):
        for signature in ("", "AA"):
            with pytest.raises(InvalidToken):
                await verifier.verify(f"{encode_part({'alg': alg})}.{payload}.{signature}")


@pytest.mark.parametrize("member", ["jku", "x5u", "jwk", "x5c", "kid"])
async def test_a_key_named_by_the_token_itself_is_never_used(verifier: TokenVerifier, now_s: int, member: str) -> None:
    attacker = b"a secret the attacker chose, long enough"
    value: Any = {"kty": "oct", "k": encode_part(attacker)} if member == "jwk" else "https://attacker.example/keys"
    payload = {"sub": "u1", "exp": now_s + 60}
    with pytest.raises(InvalidToken, match="signature"):
        await verifier.verify(sign(payload, attacker, **{member: value}))
    assert (await verifier.verify(sign(payload, SECRET, **{member: value}))).user_id == "u1"


@pytest.mark.parametrize(
    "secret", [b"", b"another secret of the same kind, 32+ bytes", SECRET + b"x", derive_guest_key(SECRET)]
)
async def test_another_secret_is_refused(verifier: TokenVerifier, now_s: int, secret: bytes) -> None:
    with pytest.raises(InvalidToken, match="signature"):
        await verifier.verify(sign({"sub": "u1", "exp": now_s + 60}, secret))


async def test_an_asymmetric_token_is_refused_where_a_secret_is_configured(verifier: TokenVerifier, now_s: int) -> None:
    for kind in ("RS256", "ES256", "EdDSA"):
        token = jwt.encode({"sub": "u1", "exp": now_s + 60}, make_key(kind), algorithm=kind)
        with pytest.raises(InvalidToken, match="algorithm"):
            await verifier.verify(token)


@pytest.mark.parametrize(
    "change",
    [
        {"iss": None},
        {"iss": "https://id.example.org/"},
        {"iss": ["https://id.example.org"]},
        {"aud": None},
        {"aud": "Live"},
        {"aud": []},
        {"aud": ["other", "livelive"]},
        {"aud": GUEST_AUDIENCE},
    ],
    ids=str,
)
async def test_a_token_for_or_from_somebody_else_is_refused(
    clock: FakeClock, revocations: Revocations, now_s: int, change: dict[str, Any]
) -> None:
    verifier = make_verifier(STRICT, clock=clock, revocations=revocations)
    right = {"sub": "u1", "exp": now_s + 60, "iss": "https://id.example.org", "aud": ["other", "live"]}
    assert await verifier.verify(sign(right))
    wrong = {name: value for name, value in (right | change).items() if value is not None}
    with pytest.raises(InvalidToken, match=r"iss|aud"):
        await verifier.verify(sign(wrong))


async def test_a_token_for_some_audience_is_refused_where_none_is_configured(
    verifier: TokenVerifier, now_s: int
) -> None:
    with pytest.raises(InvalidToken, match="aud"):
        await verifier.verify(sign({"sub": "u1", "exp": now_s + 60, "aud": "live"}))


async def test_issuer_and_audience_are_put_into_issued_tokens(clock: FakeClock, revocations: Revocations) -> None:
    verifier = make_verifier(STRICT, clock=clock, revocations=revocations)
    assert (await verifier.verify(TokenIssuer(STRICT, clock).issue("u1"))).user_id == "u1"


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c.d",
        "e30.e30.e30",
        "eyJhbGciOiJIUzI1NiJ9..",
        "Bearer x",
        "A" * 9000,
        "é.é.é",
        "a\0.b.c",
    ],
    ids=lambda token: token[:12],
)
async def test_what_is_no_token_is_refused(verifier: TokenVerifier, token: str) -> None:
    with pytest.raises(InvalidToken):
        await verifier.verify(token)


async def test_deep_nesting_in_a_header_is_refused(verifier: TokenVerifier) -> None:
    header = b'{"alg":"HS256","jwk":' + b"[" * 3000 + b"]" * 3000 + b"}"
    with pytest.raises(InvalidToken):
        await verifier.verify(f"{encode_part(header)}.e30.AAAA")


@pytest.mark.parametrize(
    "wish",
    [{"role": Role.GUEST}, {"role": Role.HOST}, {"lifetime_s": 0}, {"lifetime_s": SETTINGS.jwt_lifetime_s + 1}],
    ids=str,
)
def test_a_token_that_would_be_refused_is_not_issued(issuer: TokenIssuer, wish: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"role|guest|lifetime"):
        issuer.issue("u1", **wish)


def test_no_user_token_is_issued_where_they_come_from_a_key_set(clock: FakeClock) -> None:
    settings = SETTINGS.model_copy(update={"jwks_url": "https://id.example.org/keys"})
    with pytest.raises(ValueError, match="LIVEROOM_JWKS_URL"):
        TokenIssuer(settings, clock).issue("u1")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
CLAIM_NAMES = st.sampled_from(
    ["sub", "exp", "iat", "nbf", "iss", "aud", "jti", "name", "role", "rooms", "lang", "traits"]
)
HEADERS = st.fixed_dictionaries({"alg": st.just("HS256") | JSON}, optional={"kid": JSON, "typ": JSON, "jwk": JSON})


async def verify_any(token: str) -> None:
    clock = FakeClock()
    verifier = make_verifier(SETTINGS, clock=clock, revocations=Revocations(clock))
    try:
        await verifier.verify(token)
    except ServerError as error:
        assert isinstance(error, InvalidToken | TokenExpired)  # noqa: PT017 - both outcomes are allowed, no others


@given(st.text(max_size=200) | st.text("abeyJ.-_0", max_size=60))
async def test_only_our_errors_escape_from_any_text(token: str) -> None:
    await verify_any(token)


@given(HEADERS, st.dictionaries(CLAIM_NAMES, JSON) | JSON)
async def test_only_our_errors_escape_from_any_signed_content(header: dict[str, Any], payload: Any) -> None:
    await verify_any(sign_by_hand(header, payload, SECRET))

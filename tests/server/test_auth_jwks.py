"""User tokens by key set: keys bound to algorithms, one fetch at a time, and an issuer that is away."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import SecretStr

from liveroom.server.auth import JwksKeys, Revocations, TokenIssuer, TokenVerifier, make_verifier
from liveroom.server.auth.jwks import NO_KEYS_PAUSE_S, REFRESH_AFTER_S, UNKNOWN_KEY_PAUSE_S, FetchOutcome
from liveroom.server.auth.key_set import read_key_set
from liveroom.server.errors import InvalidToken, KeysUnavailable
from liveroom.server.settings.groups import Tokens
from tests.support.clock import FakeClock
from tests.support.jwts import encode_part, make_jwk, make_key, sign_by_hand

URL = "https://id.example.org/keys"
SETTINGS = Tokens(secret=SecretStr("the secret of these tests, 32 bytes or more"), jwks_url=URL)
KINDS = ("RS256", "ES256", "EdDSA")
PRIVATE = {kind: make_key(kind) for kind in KINDS}
OTHER_RSA = make_key("RS256")
KEY_SET = [make_jwk(kind, PRIVATE[kind], kid=f"{kind}-1") for kind in KINDS]


class Issuer:
    """The other side: counts what it is asked and answers what the test wants."""

    def __init__(self) -> None:
        self.keys: list[Any] = list(KEY_SET)
        self.requests = 0
        self.asked = asyncio.Event()
        self.answer: Callable[[], httpx.Response] | None = None
        self.gate: asyncio.Event | None = None

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        self.asked.set()
        assert str(request.url) == URL
        if self.gate is not None:
            await self.gate.wait()
        return self.answer() if self.answer is not None else httpx.Response(200, json={"keys": self.keys})


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
async def http(issuer: Issuer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(issuer)) as client:
        yield client


@pytest.fixture
def verifier(clock: FakeClock, http: httpx.AsyncClient) -> TokenVerifier:
    return make_verifier(SETTINGS, clock=clock, revocations=Revocations(clock), http=http)


@pytest.fixture
def keys(clock: FakeClock, http: httpx.AsyncClient) -> JwksKeys:
    return JwksKeys(URL, http, clock)


def sign(clock: FakeClock, kind: str = "RS256", key: Any = None, **header: Any) -> str:
    payload = {"sub": "u1", "exp": clock.now_ms() // 1000 + 60}
    return jwt.encode(payload, key or PRIVATE[kind], algorithm=kind, headers={"kid": f"{kind}-1"} | header)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_token_signed_with_a_published_key_is_accepted(
    verifier: TokenVerifier, clock: FakeClock, issuer: Issuer, kind: str
) -> None:
    assert (await verifier.verify(sign(clock, kind))).user_id == "u1"
    assert (await verifier.verify(sign(clock, kind))).user_id == "u1"
    assert issuer.requests == 1


async def test_the_secret_signs_no_user_token_where_a_key_set_is_configured(
    verifier: TokenVerifier, clock: FakeClock
) -> None:
    payload = {"sub": "u1", "exp": clock.now_ms() // 1000 + 60}
    token = sign_by_hand({"alg": "HS256"}, payload, SETTINGS.secret.get_secret_value().encode())
    with pytest.raises(InvalidToken, match="algorithm"):
        await verifier.verify(token)


async def test_a_public_key_is_no_hmac_secret(verifier: TokenVerifier, clock: FakeClock) -> None:
    payload = {"sub": "u1", "exp": clock.now_ms() // 1000 + 60}
    pem = PRIVATE["RS256"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for secret in (pem, pem.strip(), orjson.dumps(KEY_SET[0])):
        with pytest.raises(InvalidToken, match="algorithm"):
            await verifier.verify(sign_by_hand({"alg": "HS256", "kid": "RS256-1"}, payload, secret))


async def test_a_key_signs_only_with_its_own_algorithm(verifier: TokenVerifier, clock: FakeClock) -> None:
    for alg in ("PS256", "RS512", "ES384", "ES256K", "none", "HS256", "Ed25519"):
        header = encode_part({"alg": alg, "kid": "RS256-1"})
        with pytest.raises(InvalidToken, match="algorithm"):
            await verifier.verify(f"{header}.{encode_part({'sub': 'u1'})}.AAAA")
    with pytest.raises(InvalidToken, match="key"):
        await verifier.verify(sign(clock, "ES256", kid="RS256-1"))


@pytest.mark.parametrize("member", ["jku", "x5u", "jwk"])
async def test_a_key_named_by_the_token_itself_is_never_fetched_or_used(
    verifier: TokenVerifier, clock: FakeClock, issuer: Issuer, member: str
) -> None:
    jwk = make_jwk("RS256", OTHER_RSA, kid="RS256-1")
    value: Any = jwk if member == "jwk" else "https://attacker.example/keys"
    with pytest.raises(InvalidToken, match="signature"):
        await verifier.verify(sign(clock, key=OTHER_RSA, **{member: value}))
    assert issuer.requests == 1


async def test_a_new_key_is_found_by_one_fetch(verifier: TokenVerifier, clock: FakeClock, issuer: Issuer) -> None:
    await verifier.verify(sign(clock))
    issuer.keys.append(make_jwk("RS256", OTHER_RSA, kid="new"))
    clock.advance(UNKNOWN_KEY_PAUSE_S * 1000)
    assert await verifier.verify(sign(clock, key=OTHER_RSA, kid="new"))
    assert issuer.requests == 2


async def test_made_up_key_ids_cause_at_most_one_fetch_in_thirty_seconds(
    verifier: TokenVerifier, clock: FakeClock, issuer: Issuer
) -> None:
    await verifier.verify(sign(clock))
    for number in range(60):
        with pytest.raises(InvalidToken, match="key"):
            await verifier.verify(sign(clock, kid=f"made-up-{number}"))
        clock.advance(1000)
    assert issuer.requests == 2


async def test_many_tokens_at_once_wait_for_one_fetch(
    verifier: TokenVerifier, clock: FakeClock, issuer: Issuer
) -> None:
    issuer.gate = asyncio.Event()
    verifying = [asyncio.create_task(verifier.verify(sign(clock))) for _ in range(50)]
    await issuer.asked.wait()
    verifying[0].cancel()
    issuer.gate.set()
    results = await asyncio.gather(*verifying, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert all(not isinstance(result, BaseException) for result in results[1:])
    assert issuer.requests == 1


async def test_known_keys_stay_in_use_while_the_issuer_is_away(
    keys: JwksKeys, clock: FakeClock, issuer: Issuer
) -> None:
    known = await keys.find("RS256", "RS256-1")
    issuer.answer = lambda: httpx.Response(503)
    clock.advance(REFRESH_AFTER_S * 1000 + 1)
    assert await keys.find("RS256", "RS256-1") is known
    assert await keys.refresh() is FetchOutcome.REFUSED
    assert await keys.find("RS256", "RS256-1") is known


async def test_old_keys_are_replaced_in_the_background(keys: JwksKeys, clock: FakeClock, issuer: Issuer) -> None:
    await keys.find("RS256", "RS256-1")
    issuer.keys = [make_jwk("RS256", OTHER_RSA, kid="new")]
    clock.advance(REFRESH_AFTER_S * 1000 + 1)
    assert await keys.find("RS256", "RS256-1")
    await keys.refresh()
    assert issuer.requests == 2
    with pytest.raises(InvalidToken):
        await keys.find("RS256", "RS256-1")


async def test_without_any_keys_the_answer_is_retryable_and_the_issuer_is_not_hammered(
    verifier: TokenVerifier, clock: FakeClock, issuer: Issuer
) -> None:
    issuer.answer = lambda: httpx.Response(500)
    for _ in range(10):
        with pytest.raises(KeysUnavailable) as unavailable:
            await verifier.verify(sign(clock))
        assert unavailable.value.retryable
    assert issuer.requests == 1
    issuer.answer = None
    clock.advance(NO_KEYS_PAUSE_S * 1000)
    assert await verifier.verify(sign(clock))


def raise_error(error: Exception) -> httpx.Response:
    raise error


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (lambda: httpx.Response(404), FetchOutcome.REFUSED),
        (lambda: httpx.Response(302, headers={"location": "http://127.0.0.1/"}), FetchOutcome.REFUSED),
        (lambda: httpx.Response(200, content=b"<html>"), FetchOutcome.UNREADABLE),
        (lambda: httpx.Response(200, json=[]), FetchOutcome.UNREADABLE),
        (lambda: httpx.Response(200, json={"keys": []}), FetchOutcome.UNREADABLE),
        (lambda: httpx.Response(200, content=b"x" * 300_000), FetchOutcome.TOO_LARGE),
        (lambda: raise_error(httpx.ConnectError("refused")), FetchOutcome.UNREACHABLE),
        (lambda: raise_error(httpx.ReadTimeout("slow")), FetchOutcome.TIMED_OUT),
        (lambda: raise_error(TimeoutError()), FetchOutcome.TIMED_OUT),
    ],
)
async def test_every_way_a_fetch_can_fail_has_a_name(
    keys: JwksKeys, issuer: Issuer, answer: Callable[[], httpx.Response], outcome: FetchOutcome
) -> None:
    issuer.answer = answer
    assert await keys.refresh() is outcome
    assert issuer.requests == 1


async def test_a_fetch_under_way_ends_when_the_server_stops(keys: JwksKeys, issuer: Issuer) -> None:
    issuer.gate = asyncio.Event()
    fetching = asyncio.create_task(keys.refresh())
    await issuer.asked.wait()
    await keys.close()
    with pytest.raises(asyncio.CancelledError):
        await fetching


async def test_a_token_without_key_id_needs_a_single_key_of_its_kind(keys: JwksKeys, issuer: Issuer) -> None:
    assert (await keys.find("ES256", None)).kid == "ES256-1"
    issuer.keys.append(make_jwk("RS256", OTHER_RSA, kid="new"))
    await keys.refresh()
    with pytest.raises(InvalidToken):
        await keys.find("RS256", None)


@pytest.mark.parametrize(
    "unusable",
    [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "a"},
        KEY_SET[0] | {"use": "enc"},
        KEY_SET[0] | {"key_ops": ["encrypt"]},
        KEY_SET[0] | {"key_ops": 1},
        KEY_SET[0] | {"alg": "HS256"},
        KEY_SET[0] | {"alg": "PS256"},
        KEY_SET[0] | {"kid": 7},
        KEY_SET[0] | {"n": "!!"},
        KEY_SET[0] | {"n": None},
        KEY_SET[1] | {"crv": "P-384"},
        KEY_SET[1] | {"x": "AAAA"},
        KEY_SET[2] | {"crv": "X25519"},
        {"kty": ["RSA"]},
        {},
        "key",
        None,
        make_jwk("RS256", make_key("RS256", bits=1024), kid="weak"),
    ],
    ids=itertools.count(),
)
def test_a_key_that_cannot_be_used_is_left_out_and_spoils_no_other(unusable: Any) -> None:
    keys = read_key_set(orjson.dumps({"keys": [unusable, KEY_SET[1]]}))
    assert [key.kid for key in keys] == ["ES256-1"]
    with pytest.raises(ValueError, match="no usable key"):
        read_key_set(orjson.dumps({"keys": [unusable]}))


async def test_guests_still_come_in_by_the_secret(verifier: TokenVerifier, clock: FakeClock, issuer: Issuer) -> None:
    assert (await verifier.verify(TokenIssuer(SETTINGS, clock).issue_guest())).guest
    assert issuer.requests == 0


def test_a_key_set_needs_an_http_client(clock: FakeClock) -> None:
    with pytest.raises(ValueError, match="HTTP client"):
        make_verifier(SETTINGS, clock=clock, revocations=Revocations(clock))

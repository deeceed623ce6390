"""Turns a token into an identity, or says what is wrong with it.

Promise: `verify` raises only InvalidToken, TokenExpired, Banned or KeysUnavailable, whatever it is given; the order is
form, signature, time, addressee, revocation, so nothing about a token is told before its signature is right.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import httpx

from liveroom.realtime.clock import Clock
from liveroom.realtime.identity import Identity, Role
from liveroom.server.auth.claims import Claims, make_identity, read_claims
from liveroom.server.auth.issuer import GUEST_AUDIENCE, GUEST_TYPE, derive_guest_key
from liveroom.server.auth.jwks import JwksKeys
from liveroom.server.auth.revocations import Revocations
from liveroom.server.auth.signed_token import KeySource, SecretKeys, read_object, read_token
from liveroom.server.errors import InvalidToken, TokenExpired
from liveroom.server.settings.groups import Tokens


@dataclass(frozen=True, slots=True)
class Terms:
    """What a signed token must say to be accepted; None where nothing is asked."""

    issuer: str | None
    audience: str | None
    leeway_s: int
    lifetime_s: int


class TokenVerifier:
    """Verifies user tokens with one source of keys and guest tokens with another.

    Args:
        users: keys of user tokens.
        guests: keys of guest tokens.
        user_terms: terms of user tokens.
        guest_terms: terms of guest tokens.
        revocations: who and what is shut out.
        clock: the server's clock.
    """

    def __init__(
        self,
        *,
        users: KeySource,
        guests: KeySource,
        user_terms: Terms,
        guest_terms: Terms,
        revocations: Revocations,
        clock: Clock,
    ) -> None:
        self._users = users, user_terms
        self._guests = guests, guest_terms
        self._revocations = revocations
        self._clock = clock

    async def verify(self, token: str) -> Identity:
        """The person behind `token`.

        Raises:
            InvalidToken: the token is not acceptable, now or later.
            TokenExpired: it has run out.
            Banned: the person is shut out.
            KeysUnavailable: the issuer's keys are not known yet.
        """
        signed = read_token(token)
        # `typ` only chooses which key must have signed; claiming the other type leads to a key that did not.
        is_guest = signed.typ == GUEST_TYPE
        keys, terms = self._guests if is_guest else self._users
        key = await keys.find(signed.alg, signed.kid)
        if not key.verifies(signed):
            raise InvalidToken("the signature of the token is wrong")
        claims = read_claims(read_object(signed.payload))
        self._check_time(claims, terms)
        _check_addressee(claims, terms)
        identity = make_identity(claims, leeway_s=terms.leeway_s)
        if is_guest:
            identity = replace(identity, role=Role.GUEST, guest=True)
        self._revocations.check(identity)
        return identity

    async def close(self) -> None:
        """Stop fetching keys. To be called before the HTTP client is closed."""
        await self._users[0].close()

    def _check_time(self, claims: Claims, terms: Terms) -> None:
        now_s = self._clock.now_ms() / 1000
        for claim, value in (("nbf", claims.nbf), ("iat", claims.iat)):
            if value is not None and value > now_s + terms.leeway_s:
                raise InvalidToken(f"the token is not valid yet (claim {claim})")
        starts_s = now_s if claims.iat is None else claims.iat
        if claims.exp - starts_s > terms.lifetime_s + terms.leeway_s:
            raise InvalidToken(f"the token lives longer than the {terms.lifetime_s} seconds accepted here (claim exp)")
        if now_s >= claims.exp + terms.leeway_s:
            raise TokenExpired


def make_verifier(
    settings: Tokens, *, clock: Clock, revocations: Revocations, http: httpx.AsyncClient | None = None
) -> TokenVerifier:
    """The verifier the settings ask for; `http` fetches the key set and is needed only with `jwks_url`.

    Raises:
        ValueError: `jwks_url` is set and `http` is missing.
    """
    secret = settings.secret.get_secret_value().encode()
    users: KeySource = SecretKeys(secret)
    if settings.jwks_url is not None:
        if http is None:
            raise ValueError("a key set needs an HTTP client")
        users = JwksKeys(settings.jwks_url, http, clock)
    leeway_s = settings.jwt_leeway_s
    return TokenVerifier(
        users=users,
        guests=SecretKeys(derive_guest_key(secret)),
        user_terms=Terms(settings.jwt_issuer, settings.jwt_audience, leeway_s, settings.jwt_lifetime_s),
        guest_terms=Terms(None, GUEST_AUDIENCE, leeway_s, settings.guest_lifetime_s),
        revocations=revocations,
        clock=clock,
    )


def _check_addressee(claims: Claims, terms: Terms) -> None:
    if terms.issuer is not None and claims.iss != terms.issuer:
        raise InvalidToken("the token is from another issuer (claim iss)")
    audience = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    # RFC 7519 §4.1.3: a token that names an audience is refused by everyone who is not in it.
    if (terms.audience is None) != (audience is None) or (audience is not None and terms.audience not in audience):
        raise InvalidToken("the token is for another audience (claim aud)")

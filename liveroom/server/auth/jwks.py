"""The issuer's key set: fetched over HTTP, kept, and fetched again when it seems to have changed.

Promise: a fetch takes at most two seconds and has a named outcome in the log; there is never more than one under way.
An issuer that is away costs nothing while keys are known: the old ones stay in use. Tokens with made-up key ids cause
at most one fetch in 30 seconds.
"""

from __future__ import annotations

import asyncio
from enum import StrEnum

import httpx
import structlog

from liveroom.realtime.clock import Clock
from liveroom.server.auth.key_set import ASYMMETRIC, read_key_set
from liveroom.server.auth.signed_token import VerifyingKey
from liveroom.server.errors import InvalidToken, KeysUnavailable

FETCH_TIMEOUT_S = 2.0
RESPONSE_BYTES = 262_144
REFRESH_AFTER_S = 600.0
"""Age from which keys are fetched anew in the background."""
UNKNOWN_KEY_PAUSE_S = 30.0
"""Least time between two fetches while keys are known."""
NO_KEYS_PAUSE_S = 2.0
"""Least time between two fetches while there are none: nobody can come in, so this is shorter."""

_log = structlog.get_logger(__name__)


class FetchOutcome(StrEnum):
    """How a fetch of the key set ended."""

    FETCHED = "fetched"
    TIMED_OUT = "timed_out"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"


class JwksKeys:
    """Verifying keys from `url`.

    Args:
        url: address of the key set.
        http: the client to fetch with; its owner closes it.
        clock: tells the age of the keys.
    """

    def __init__(self, url: str, http: httpx.AsyncClient, clock: Clock) -> None:
        self._url = url
        self._http = http
        self._clock = clock
        self._keys: tuple[VerifyingKey, ...] = ()
        self._fetched_at_s = 0.0
        self._tried_at_s: float | None = None
        self._fetch: asyncio.Task[FetchOutcome] | None = None

    async def find(self, alg: str, kid: str | None) -> VerifyingKey:
        """The key for tokens with this `alg` and `kid`; without a `kid`, the only key for `alg`.

        Raises:
            InvalidToken: the issuer has no such key.
            KeysUnavailable: no key set could be fetched yet.
        """
        if alg not in ASYMMETRIC:
            raise InvalidToken("the algorithm of the token is not accepted here")
        key = self._pick(alg, kid)
        if key is None and self._may_fetch():
            await self.refresh()
            key = self._pick(alg, kid)
        elif self._clock.monotonic_s() - self._fetched_at_s > REFRESH_AFTER_S and self._may_fetch():
            self._start_fetch()
        if key is not None:
            return key
        if not self._keys:
            raise KeysUnavailable(int(NO_KEYS_PAUSE_S * 1000))
        raise InvalidToken("the key of the token is not known")

    async def refresh(self) -> FetchOutcome:
        """Fetch the key set now, or wait for the fetch that is under way."""
        # Shielded: one caller that is cancelled (its socket was cut) must not cancel the fetch of the others.
        return await asyncio.shield(self._start_fetch())

    async def close(self) -> None:
        """Stop the fetch that is under way, if any."""
        if self._fetch is not None:
            self._fetch.cancel()
            await asyncio.gather(self._fetch, return_exceptions=True)

    def _pick(self, alg: str, kid: str | None) -> VerifyingKey | None:
        fitting = [key for key in self._keys if key.alg == alg and (kid is None or key.kid == kid)]
        if kid is None and len(fitting) > 1:
            return None
        return fitting[0] if fitting else None

    def _may_fetch(self) -> bool:
        if self._fetch is not None or self._tried_at_s is None:
            return True
        pause_s = UNKNOWN_KEY_PAUSE_S if self._keys else NO_KEYS_PAUSE_S
        return self._clock.monotonic_s() - self._tried_at_s >= pause_s

    def _start_fetch(self) -> asyncio.Task[FetchOutcome]:
        if self._fetch is None:
            self._tried_at_s = self._clock.monotonic_s()
            self._fetch = asyncio.get_running_loop().create_task(self._fetch_keys(), name="jwks fetch")
            self._fetch.add_done_callback(self._end_fetch)
        return self._fetch

    def _end_fetch(self, _: asyncio.Task[FetchOutcome]) -> None:
        self._fetch = None

    async def _fetch_keys(self) -> FetchOutcome:
        outcome = await self._try_fetch()
        if outcome is FetchOutcome.FETCHED:
            _log.info("jwks_fetched", keys=len(self._keys))
        else:
            _log.warning("jwks_fetch_failed", outcome=outcome.value, keys_in_use=len(self._keys))
        return outcome

    async def _try_fetch(self) -> FetchOutcome:
        body = bytearray()
        try:
            async with (
                asyncio.timeout(FETCH_TIMEOUT_S),
                self._http.stream("GET", self._url, follow_redirects=False) as response,
            ):
                if response.status_code != 200:
                    return FetchOutcome.REFUSED
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > RESPONSE_BYTES:
                        return FetchOutcome.TOO_LARGE
        except (TimeoutError, httpx.TimeoutException):
            return FetchOutcome.TIMED_OUT
        except httpx.HTTPError:
            return FetchOutcome.UNREACHABLE
        try:
            self._keys = read_key_set(bytes(body))
        except ValueError:
            return FetchOutcome.UNREADABLE
        self._fetched_at_s = self._clock.monotonic_s()
        return FetchOutcome.FETCHED

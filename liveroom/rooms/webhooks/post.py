"""One try: a signed POST to an address that was checked, with every wait bounded.

Promise: a try ends within `timeout_s` plus the time for looking up a name, and with an `Outcome`; nothing follows a
redirect, no proxy of the environment is used, and of an answer at most `ANSWER_BYTES` of the body are read.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self

import httpx

import liveroom
from liveroom.realtime.clock import Clock
from liveroom.rooms.webhooks.addresses import AddressGuard
from liveroom.rooms.webhooks.attempts import Attempt, Outcome
from liveroom.rooms.webhooks.authorities import trusted_authorities
from liveroom.rooms.webhooks.deliveries import Delivery
from liveroom.rooms.webhooks.endpoint import Endpoint
from liveroom.rooms.webhooks.signature import sign

CONNECT_S = 5.0
ANSWER_BYTES = 1_024
"""A short answer is read so that the connection can be used again; a longer one is cut."""
ANSWER_S = 1.0
_SECONDS = re.compile(r"\d{1,9}")


class Poster:
    """Makes lines."""

    def __init__(self, guard: AddressGuard, clock: Clock, timeout_s: float) -> None:
        self.guard = guard
        self.clock = clock
        self.timeout_s = timeout_s
        self.tls = trusted_authorities()

    def open(self, endpoint: Endpoint) -> Line:
        """A line to an endpoint, to be used as a context."""
        return Line(endpoint, self)


class Line:
    """Connections to one endpoint for a while; its name is looked up once. See the module."""

    def __init__(self, endpoint: Endpoint, poster: Poster) -> None:
        self._endpoint = endpoint
        self._url = httpx.URL(endpoint.url)
        self._poster = poster
        self._http = httpx.AsyncClient(
            verify=poster.tls,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(poster.timeout_s, connect=CONNECT_S),
        )
        self._addresses: Sequence[str] | Outcome = ()

    async def __aenter__(self) -> Self:
        self._addresses = await self._poster.guard.find_addresses(self._url)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def post(self, delivery: Delivery) -> Attempt:
        """Try once."""
        if isinstance(self._addresses, Outcome):
            return Attempt(self._addresses)
        attempt = Attempt(Outcome.UNREACHABLE)
        try:
            async with asyncio.timeout(self._poster.timeout_s):
                for address in self._addresses:
                    attempt = await self._try(address, delivery)
                    if attempt.outcome is not Outcome.UNREACHABLE:
                        break
        except TimeoutError:
            return Attempt(Outcome.TIMED_OUT)
        return attempt

    async def _try(self, address: str, delivery: Delivery) -> Attempt:
        now_ms = self._poster.clock.now_ms()
        headers = sign(delivery.event, delivery.body, (each.text for each in self._endpoint.secrets), now_ms)
        headers |= {
            "host": self._url.netloc.decode("ascii"),
            "content-type": "application/json",
            "user-agent": f"liveroom/{liveroom.__version__}",
        }
        request = self._http.build_request(
            "POST",
            self._url.copy_with(host=address),
            content=delivery.body,
            headers=headers,
            # The certificate has to be that of the name, although we connect to an address.
            extensions={"sni_hostname": self._url.raw_host.decode("ascii")},
        )
        try:
            response = await self._http.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            return Attempt(Outcome.UNREACHABLE)
        except httpx.TimeoutException:
            return Attempt(Outcome.TIMED_OUT)
        except httpx.TransportError:
            return Attempt(Outcome.BROKEN)
        await _read_some(response)
        return _judge(response.status_code, response.headers, now_ms)


async def _read_some(response: httpx.Response) -> None:
    """Read a short answer to its end; what comes late or is too long ends the connection and changes nothing."""
    read = 0
    with suppress(TimeoutError, httpx.HTTPError):
        async with asyncio.timeout(ANSWER_S):
            async for chunk in response.aiter_raw(ANSWER_BYTES):
                read += len(chunk)
                if read >= ANSWER_BYTES:
                    break
    with suppress(httpx.HTTPError):
        await response.aclose()


def _judge(status: int, headers: Mapping[str, str], now_ms: int) -> Attempt:
    if 200 <= status < 300:
        return Attempt(Outcome.DELIVERED, status)
    if status == 410:
        return Attempt(Outcome.GONE, status)
    outcome = Outcome.REDIRECTED if 300 <= status < 400 else Outcome.REFUSED
    return Attempt(outcome, status, read_retry_after(headers.get("retry-after", ""), now_ms))


def read_retry_after(value: str, now_ms: int) -> int | None:
    """A `Retry-After` header (RFC 9110 §10.2.3) in ms from now; None when there is none that can be read."""
    value = value.strip()
    if _SECONDS.fullmatch(value):
        return int(value) * 1000
    try:
        at = parsedate_to_datetime(value)
        return max(0, round(at.replace(tzinfo=at.tzinfo or UTC).timestamp() * 1000) - now_ms)
    except (ValueError, OverflowError, TypeError):
        return None

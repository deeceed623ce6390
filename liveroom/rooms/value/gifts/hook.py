"""The app's billing behind one URL: signed POSTs as Standard Webhooks has them, with every wait bounded.

Promise: an answer counts when it is 200 with a JSON object this page knows; anything else means that nobody knows
whether there was a charge. Nothing follows a redirect, no proxy of the environment is used, and of an answer at most
`ANSWER_BYTES` are read. What comes a second time is taken for the answer to nothing else: a connection is kept for the
next charge only while answers say which charge they are about.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import httpx
import orjson

import liveroom
from liveroom.realtime.clock import Clock
from liveroom.rooms.rules.charges import Word
from liveroom.rooms.rules.text import one_line, shorten
from liveroom.rooms.storage.charges import Charge
from liveroom.rooms.value.gifts.billing import REASON_CHARS, BillingTelemetry, Heard
from liveroom.rooms.value.gifts.breaker import Breaker
from liveroom.rooms.webhooks.signature import sign

ANSWER_BYTES = 4_096
VOID_S = 5.0
CONNECT_S = 2.0


class BillingHook:
    """See the module.

    Args:
        url: of the app's billing.
        secrets: `whsec_…`; each signs, so that one can be exchanged for another.
        lines: calls under way at the same time.
    """

    def __init__(self, url: str, secrets: Sequence[str], lines: int, clock: Clock, telemetry: BillingTelemetry) -> None:
        self._url = url
        self._secrets = tuple(secrets)
        self._clock = clock
        self._telemetry = telemetry
        self._breaker = Breaker()
        self._lines = asyncio.Semaphore(lines)
        self._void_lines = asyncio.Semaphore(max(1, lines // 4))
        self._kept, self._single = _make_client(lines, kept=lines), _make_client(lines * 2, kept=0)
        self._are_labelled = False
        """Whether the last answer to a charge said which one it was about."""

    @property
    def is_away(self) -> bool:
        """See `Billing.is_away`."""
        return self._breaker.is_open(self._clock.monotonic_s())

    async def close(self) -> None:
        """See `Billing.close`."""
        await self._kept.aclose()
        await self._single.aclose()

    async def charge(self, charge: Charge, deadline_s: float) -> Heard:
        """See `Billing.charge`."""
        started_s = self._clock.monotonic_s()
        is_asked = False

        def begin() -> None:
            nonlocal is_asked
            is_asked = True

        try:
            async with asyncio.timeout(deadline_s), self._lines:
                http = self._kept if self._are_labelled else self._single
                read = partial(self._read_charge, charge.id, http is self._kept)
                heard = await self._call(http, charge, "charge", begin, read)
        except TimeoutError:
            heard = Heard(Word.UNANSWERED if is_asked else Word.UNASKED)
        self._telemetry.billing_answered("charge", heard.word, self._clock.monotonic_s() - started_s)
        return heard

    async def void(self, charge: Charge) -> bool:
        """See `Billing.void`."""
        started_s = self._clock.monotonic_s()
        try:
            async with asyncio.timeout(VOID_S), self._void_lines:
                heard = await self._call(self._single, charge, "void", lambda: None, _read_void)
        except TimeoutError:
            heard = Heard(Word.UNANSWERED)
        is_done = heard.word is Word.ACKNOWLEDGED
        self._telemetry.billing_answered("void", heard.word, self._clock.monotonic_s() - started_s)
        return is_done

    async def _call(
        self,
        http: httpx.AsyncClient,
        charge: Charge,
        call: str,
        begin: Callable[[], None],
        read: Callable[[int, bytes], Heard | None],
    ) -> Heard:
        if not self._breaker.admit(self._clock.monotonic_s()):
            return Heard(Word.UNASKED)
        try:
            begin()
            heard = read(*await self._post(http, charge, call))
        except (httpx.ConnectError, httpx.ConnectTimeout):
            self._breaker.failed(self._clock.monotonic_s())
            return Heard(Word.UNASKED)
        except httpx.HTTPError:
            self._breaker.failed(self._clock.monotonic_s())
            return Heard(Word.UNANSWERED)
        except BaseException:
            # The deadline, or the end of the caller: no answer either way.
            self._breaker.failed(self._clock.monotonic_s())
            raise
        if heard is None:
            self._breaker.failed(self._clock.monotonic_s())
            return Heard(Word.UNANSWERED)
        self._breaker.succeeded()
        return heard

    async def _post(self, http: httpx.AsyncClient, charge: Charge, call: str) -> tuple[int, bytes]:
        body = write_call(charge, call)
        headers = sign(f"{call}_{charge.id}", body, self._secrets, self._clock.now_ms())
        headers |= {"content-type": "application/json", "user-agent": f"liveroom/{liveroom.__version__}"}
        read = b""
        async with http.stream("POST", self._url, content=body, headers=headers) as response:
            async for chunk in response.aiter_bytes(1_024):
                read += chunk
                if len(read) > ANSWER_BYTES:
                    break
            return response.status_code, read

    def _read_charge(self, charge_id: str, was_kept: bool, status: int, body: bytes) -> Heard | None:
        """Args: was_kept: others may have been answered on the same connection before."""
        said = _read_object(status, body)
        if said is None:
            return None
        label = said.get("id")
        self._are_labelled = label == charge_id
        if not self._are_labelled and (was_kept or label is not None):
            return None
        return _read_outcome(said)


def _make_client(lines: int, kept: int) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=lines, max_keepalive_connections=kept)
    timeout = httpx.Timeout(VOID_S, connect=CONNECT_S)
    return httpx.AsyncClient(trust_env=False, follow_redirects=False, limits=limits, timeout=timeout)


def write_call(charge: Charge, call: str) -> bytes:
    """The body of a call (docs/gifts.md)."""
    about: dict[str, Any] = {
        "id": charge.id,
        "room": charge.room,
        "show_id": charge.show,
        "user": {"id": charge.user_id, "name": charge.name},
        "to": charge.to_id,
        "gift": charge.gift,
        "count": charge.count,
        "amount": charge.amount,
        "currency": charge.currency,
    }
    return orjson.dumps({"type": f"gift.{call}", "data": about})


def _read_object(status: int, body: bytes) -> dict[str, Any] | None:
    if status != 200 or len(body) > ANSWER_BYTES:
        return None
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return said if isinstance(said, dict) else None


def _read_outcome(said: Mapping[str, Any]) -> Heard | None:
    if said.get("outcome") == "accepted":
        return Heard(Word.ACCEPTED)
    if said.get("outcome") != "refused":
        return None
    reason = said.get("reason")
    clean = shorten(one_line(reason), REASON_CHARS) if isinstance(reason, str) else ""
    return Heard(Word.DECLINED, clean or None)


def _read_void(status: int, _: bytes) -> Heard | None:
    return Heard(Word.ACKNOWLEDGED) if 200 <= status < 300 else None

"""The app's billing behind one URL: signed POSTs as Standard Webhooks has them, with every wait bounded.

Promise: an answer counts when it is 200 with a JSON object this page knows, as `HookCalls` believes it; anything else
means that nobody knows whether there was a charge.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import httpx
import orjson

from liveroom.realtime.clock import Clock
from liveroom.rooms.rules.charges import Word
from liveroom.rooms.rules.text import one_line, shorten
from liveroom.rooms.storage.charges import Charge
from liveroom.rooms.value.gifts.billing import REASON_CHARS, BillingTelemetry, Heard
from liveroom.rooms.webhooks.breaker import Breaker
from liveroom.rooms.webhooks.hook_calls import HookCalls

VOID_S = 5.0


class BillingHook:
    """See the module.

    Args:
        url: of the app's billing.
        secrets: `whsec_…`; each signs, so that one can be exchanged for another.
        lines: calls under way at the same time.
    """

    def __init__(self, url: str, secrets: Sequence[str], lines: int, clock: Clock, telemetry: BillingTelemetry) -> None:
        self._calls = HookCalls(url, secrets, lines, VOID_S, clock)
        self._clock = clock
        self._telemetry = telemetry
        self._breaker = Breaker()
        self._lines = asyncio.Semaphore(lines)
        self._void_lines = asyncio.Semaphore(max(1, lines // 4))

    @property
    def is_away(self) -> bool:
        """See `Billing.is_away`."""
        return self._breaker.is_open(self._clock.monotonic_s())

    async def close(self) -> None:
        """See `Billing.close`."""
        await self._calls.close()

    async def charge(self, charge: Charge, deadline_s: float) -> Heard:
        """See `Billing.charge`."""
        started_s = self._clock.monotonic_s()
        is_asked = False

        async def ask() -> Heard | None:
            nonlocal is_asked
            is_asked = True
            return _read_outcome(await self._calls.ask(f"charge_{charge.id}", charge.id, write_call(charge, "charge")))

        try:
            async with asyncio.timeout(deadline_s), self._lines:
                heard = await self._call(ask)
        except TimeoutError:
            heard = Heard(Word.UNANSWERED if is_asked else Word.UNASKED)
        self._telemetry.billing_answered("charge", heard.word, self._clock.monotonic_s() - started_s)
        return heard

    async def void(self, charge: Charge) -> bool:
        """See `Billing.void`."""
        started_s = self._clock.monotonic_s()

        async def tell() -> Heard | None:
            is_taken = await self._calls.tell(f"void_{charge.id}", write_call(charge, "void"))
            return Heard(Word.ACKNOWLEDGED) if is_taken else None

        try:
            async with asyncio.timeout(VOID_S), self._void_lines:
                heard = await self._call(tell)
        except TimeoutError:
            heard = Heard(Word.UNANSWERED)
        is_done = heard.word is Word.ACKNOWLEDGED
        self._telemetry.billing_answered("void", heard.word, self._clock.monotonic_s() - started_s)
        return is_done

    async def _call(self, call: Callable[[], Awaitable[Heard | None]]) -> Heard:
        if not self._breaker.admit(self._clock.monotonic_s()):
            return Heard(Word.UNASKED)
        try:
            heard = await call()
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


def _read_outcome(said: Mapping[str, Any] | None) -> Heard | None:
    if said is None:
        return None
    if said.get("outcome") == "accepted":
        return Heard(Word.ACCEPTED)
    if said.get("outcome") != "refused":
        return None
    reason = said.get("reason")
    clean = shorten(one_line(reason), REASON_CHARS) if isinstance(reason, str) else ""
    return Heard(Word.DECLINED, clean or None)

"""Finishes charges: asks for the void of what was charged for nothing, asks again for what is owed, and settles what a
process that died has left open.

Promise: what is to be done is kept in the table, so a kill loses nothing; a void is asked for until billing confirms
it. Of several processes one at a time works on a charge; what it did and could not write down is done again under the
same id. Work under way is bounded, and a billing that is away is not asked more often than its breaker lets through.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import orjson

from liveroom.realtime.clock import Clock, TimerHandle
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.errors import Refusal
from liveroom.rooms.ledger import Ledger
from liveroom.rooms.messages.people import Person, Visitor
from liveroom.rooms.rules.charges import TABLE, ChargeState, Word
from liveroom.rooms.storage.charges import Charge, Charges, hear
from liveroom.rooms.value.gifts.billing import Billing, BillingTelemetry, Chance
from liveroom.rooms.value.gifts.giving import Giving, make_fact

logger = logging.getLogger(__name__)

SWEEP_S = 2.0
BATCH = 64
LEASE_MS = 60_000
"""Longer than a batch can take: each call ends within seconds, and there are `AT_ONCE` of them at a time."""
AT_ONCE = 16
DEADLINE_S = 3.0
"""For a charge that nobody waits for."""
PAUSE_MS = 1_000
PAUSE_MOST_MS = 600_000


class Collector:
    """See the module.

    Args:
        billing: None: nothing can be asked; only what was left open is settled.
    """

    def __init__(
        self,
        charges: Charges,
        billing: Billing | None,
        ledger: Ledger,
        clock: Clock,
        telemetry: BillingTelemetry,
        chance: Chance,
    ) -> None:
        self._charges = charges
        self._billing = billing
        self._ledger = ledger
        self._clock = clock
        self._telemetry = telemetry
        self._chance = chance
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._timer: TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_running = False
        self._is_wanted = False

    async def start(self) -> None:
        """Begin, with what was left behind."""
        self._is_running = True
        self.wake()

    async def stop(self) -> None:
        """End; what is under way is finished or left to the next start."""
        self._is_running = False
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def wake(self) -> None:
        """Something may be to be done."""
        self._is_wanted = True
        if self._is_running and self._task is None:
            self._task = asyncio.ensure_future(self._run())

    async def take_back(self, charge_id: str, word: Word) -> None:
        """Billing may have charged for a gift that was settled without it."""
        charge = await self._charges.load(charge_id)
        word = Word.ACCEPTED if word is Word.ACCEPTED else Word.UNANSWERED
        if charge is not None and (charge.state, word) in TABLE:
            await self._charges.save(charge, hear(charge, word, None, self._clock.now_ms()))
            self.wake()

    async def _run(self) -> None:
        try:
            while self._is_running and self._is_wanted:
                self._is_wanted = False
                now_ms = self._clock.now_ms()
                can_ask = self._billing is not None and not self._billing.is_away
                due = await self._charges.take_due(now_ms, now_ms + LEASE_MS, BATCH, pending_alone=not can_ask)
                self._telemetry.charges_found(len(due))
                await asyncio.gather(*(self._work(charge) for charge in due))
                self._is_wanted = self._is_wanted or len(due) == BATCH
        except RealtimeError as error:
            logger.warning("charges wait for the next look: %s", error.message)
        except Exception:
            logger.exception("charges could not be finished")
        finally:
            self._task = None
            self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._is_running:
            self._timer = self._clock.call_later(SWEEP_S, self.wake)

    async def _work(self, charge: Charge) -> None:
        async with self._slots:
            if charge.state is ChargeState.PENDING:
                await self._give_up(charge)
            elif self._billing is not None:
                await self._ask(charge, self._billing)

    async def _give_up(self, charge: Charge) -> None:
        """Settle a gift whose sender is gone: it is not given, and what may have been charged is voided."""
        by, to = Visitor(id=charge.user_id, name=charge.name), Person(id=charge.to_id, name=charge.to_id)
        giving = Giving(by, to, None, charge.count, None, word=Word.UNANSWERED)
        fact = make_fact(charge.room, charge.user_id, charge.key, charge.body.encode(), giving, self._clock.now_ms())
        try:
            answer = await self._ledger.write(fact)
        except Refusal as refused:
            if refused.code != ErrorCode.KEY_CONFLICT:
                raise
            # Another gift has the key for good: nothing will ever be given for this charge.
            answer = None
        if answer is None or answer.duplicate:
            logger.warning("charge %s belongs to a gift that was answered without it", charge.id)
            await self._charges.save(charge, hear(charge, Word.UNANSWERED, None, self._clock.now_ms()))
        else:
            logger.info("charge %s was left open and is given up: %s", charge.id, orjson.loads(answer.data)["outcome"])
        self._is_wanted = True

    async def _ask(self, charge: Charge, billing: Billing) -> None:
        word, reason = await self._hear_about(charge, billing)
        if word is None:
            await self._put_off(charge)
            return
        await self._charges.save(charge, hear(charge, word, reason, self._clock.now_ms()))
        if word is Word.DECLINED:
            logger.warning("charge %s of a gift that was given is refused by billing", charge.id)

    async def _hear_about(self, charge: Charge, billing: Billing) -> tuple[Word | None, str | None]:
        if billing.is_away:
            return None, None
        if charge.state is ChargeState.VOIDING:
            return (Word.ACKNOWLEDGED if await billing.void(charge) else None), None
        heard = await billing.charge(charge, DEADLINE_S)
        return (heard.word if heard.word in (Word.ACCEPTED, Word.DECLINED) else None), heard.reason

    async def _put_off(self, charge: Charge) -> None:
        """Full jitter, so that a billing that is back is not met by everything at once."""
        most_ms = min(PAUSE_MOST_MS, PAUSE_MS * 2 ** min(charge.attempts, 16))
        next_at_ms = self._clock.now_ms() + round(most_ms * (0.1 + 0.9 * self._chance()))
        await self._charges.save(charge, replace(charge, attempts=charge.attempts + 1, next_at_ms=next_at_ms))

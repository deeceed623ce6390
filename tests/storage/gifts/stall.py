"""A process that takes gifts: everything between the desk and the database, without sockets and pages.

Promise: two of them on one database are two nodes; one that is dropped without `stop` is a process that was killed.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import orjson

from liveroom.realtime.backplane.memory import MemoryBackplane
from liveroom.realtime.catalogue import catalogue
from liveroom.realtime.clock import Clock
from liveroom.realtime.identity import FAR_FUTURE_MS, Identity, Role
from liveroom.rooms.committed_events import LANE as EVENTS
from liveroom.rooms.ledger import Answer, Ledger
from liveroom.rooms.levels.gains import LANE as GAINS
from liveroom.rooms.messages.gift import Gift, GiftNames, SendGift
from liveroom.rooms.messages.people import Person
from liveroom.rooms.messages.room import RoomSettings
from liveroom.rooms.requests import Request
from liveroom.rooms.room import Room
from liveroom.rooms.rules import lifecycle, traits
from liveroom.rooms.rules.lifecycle import End, GoLive, RoomState
from liveroom.rooms.storage.charges import Charges
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.documents import Documents
from liveroom.rooms.storage.gift_ranks import GiftRanks
from liveroom.rooms.storage.outbox import Outbox, OutboxRow
from liveroom.rooms.storage.relay import Relay
from liveroom.rooms.storage.rooms import SqlRoomStore
from liveroom.rooms.value.gifts.aftermath import Aftermath
from liveroom.rooms.value.gifts.billing import Billing, BillingMode, GiftTerms
from liveroom.rooms.value.gifts.board import GiftBoard
from liveroom.rooms.value.gifts.catalogue import GiftCatalogue
from liveroom.rooms.value.gifts.closer import ComboCloser
from liveroom.rooms.value.gifts.collector import Collector
from liveroom.rooms.value.gifts.giver import Giver
from liveroom.rooms.value.gifts.giving import CHARGE, SEND, SETTLE
from liveroom.rooms.value.gifts.hook import BillingHook
from liveroom.rooms.value.gifts.intents import KeepCharges
from liveroom.rooms.value.gifts.sending import SendGifts
from liveroom.rooms.value.gifts.settling import SettleCombos
from liveroom.rooms.value.gifts.telling import LANE
from liveroom.rooms.value.gifts.thanking import Thanking
from liveroom.rooms.value.orders.recorder import OrderRecorder
from liveroom.rooms.value.orders.recording import RECORD, RecordOrders
from liveroom.rooms.webhook_events import LANE as WEBHOOKS
from tests.rooms.builders import small_scene
from tests.storage.gifts.till import SECRET

ROOM = "r1"
HOST = Person(id="host", name="阿木")
COIN = "COIN"
DEADLINE_S = 60.0
"""Of a charge: so long that a machine which stands still for a while makes none fail."""
GIFTS = (
    Gift(id="rose", names=GiftNames(zh="玫瑰", en="Rose"), price=10, icon="🌹"),
    Gift(id="ship", names=GiftNames(zh="游艇", en="Yacht"), price=5_000, combo_window_ms=0, icon="🛥️"),
    Gift(id="spark", names=GiftNames(zh="火花", en="Spark"), price=7, combo_window_ms=200, icon="✨"),
    Gift(id="wave", names=GiftNames(zh="招手", en="Wave"), price=0, icon="👋"),
)
_writers = itertools.count(1)


@dataclass
class Noted:
    """What was sent by a lane, in order."""

    rows: list[OutboxRow] = field(default_factory=list)

    async def __call__(self, room: str, rows: Sequence[OutboxRow]) -> None:
        """See `Send`."""
        self.rows.extend(rows)


@dataclass
class Measured:
    """A `BillingTelemetry` that counts."""

    outcomes: list[str] = field(default_factory=list)
    words: list[tuple[str, str]] = field(default_factory=list)

    def gift_answered(self, outcome: str) -> None:
        """See `BillingTelemetry`."""
        self.outcomes.append(outcome)

    def billing_answered(self, call: str, word: str, seconds: float) -> None:
        """See `BillingTelemetry`."""
        self.words.append((call, word))

    def charges_found(self, count: int) -> None:
        """See `BillingTelemetry`."""


class Stall:
    """See the module.

    Args:
        billing_url: where the app's billing is; None: gifts cost nothing.
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        *,
        mode: BillingMode | None = None,
        billing_url: str | None = None,
        trusts: bool = False,
        lines: int = 8,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        mode = mode or (BillingMode.HOOK if billing_url else BillingMode.OPEN)
        self.clock: Any = clock
        """Tests turn theirs."""
        self.database = Database(url)
        self.measured = Measured()
        self.events, self.webhooks, self.gains = Noted(), Noted(), Noted()
        self.outbox = Outbox(self.database, f"stall-{next(_writers)}")
        self.backplane = MemoryBackplane(clock)
        senders: dict[str, Any] = {EVENTS: self.events, WEBHOOKS: self.webhooks, GAINS: self.gains}
        self.relay = Relay(self.outbox, senders, clock, lambda: 0.5)
        self.documents = Documents(self.database, self.outbox, clock)
        self.rooms = SqlRoomStore(self.database, self.documents, self.outbox)
        deciders = {
            SEND: SendGifts(COIN),
            SETTLE: SettleCombos(COIN),
            CHARGE: KeepCharges(),
            RECORD: RecordOrders(),
        }
        self.ledger = Ledger(self.database, self.outbox, self.relay, deciders, clock)
        self.catalogue = GiftCatalogue(self.documents, self.backplane, clock, {"currency": COIN, "open": True})
        self.ranks = GiftRanks(self.database)
        self.charges = Charges(self.database)
        self.closer = ComboCloser(self.database, self.ledger, clock)
        self.board = GiftBoard(self.ranks, self.rooms, self.backplane, clock, COIN)
        self.thanking = Thanking(self.database, self.catalogue, self.backplane, clock)
        self.thanking.find_room = self.find_room
        senders[LANE] = Aftermath(self.closer, self.board, self.thanking)
        self.billing: Billing | None = None
        if billing_url is not None:
            self.billing = BillingHook(billing_url, [SECRET], lines, clock, self.measured)
        self.collector = Collector(self.charges, self.billing, self.ledger, clock, self.measured, lambda: 0.5)
        terms = GiftTerms(mode, COIN, deadline_s, trusts)
        self.giver = Giver(terms, self.catalogue, self.billing, self.ledger, self.collector, clock, self.measured)
        self.recorder = OrderRecorder(self.ledger, clock, "CNY")
        self.scene = small_scene()

    async def start(self) -> Stall:
        """Begin; the room is live and the catalogue is there, also when another one has made them."""
        await self.relay.start()
        self.ledger.start()
        await self.catalogue.start()
        if await self.rooms.load(ROOM) is None:
            state = lifecycle.create(ROOM, "晚上好", "small", HOST, RoomSettings(), self.clock.now_ms())
            await self.rooms.create(state, who="test", command="room.create")
            await self.go_live("show_1")
            for gift in GIFTS:
                await self.catalogue.put(gift, "test")
        await self.load_room()
        await self.closer.start()
        await self.collector.start()
        return self

    async def stop(self) -> None:
        """End in order."""
        await self.collector.stop()
        await self.closer.stop()
        await self.board.stop()
        await self.catalogue.stop()
        await self.ledger.stop()
        await self.relay.stop(1.0)
        if self.billing is not None:
            await self.billing.close()
        await self.database.close()

    async def find_room(self, room: str) -> Room:
        """The room as this process sees it."""
        await self.load_room()
        return self.room

    async def load_room(self) -> None:
        """Hear of what has become of the room."""
        state = cast(RoomState, await self.rooms.load(ROOM))
        shown = SimpleNamespace(
            id=ROOM,
            document=state,
            attendance=SimpleNamespace(viewers={}),
            scene=self.scene,
            host_lang="en",
            traits_of=lambda identity: traits.read(identity, ROOM),
        )
        self.room = cast(Room, shown)

    async def go_live(self, show_id: str) -> None:
        """Begin a show."""
        await self._change(GoLive(show_id))

    async def end_show(self) -> None:
        """End it."""
        await self._change(End())

    async def _change(self, command: lifecycle.Command) -> None:
        state = cast(RoomState, await self.rooms.load(ROOM))
        after, _ = lifecycle.apply(state, command, self.clock.now_ms())
        assert await self.rooms.save(after, state.version, who="test", command="test")
        await self.load_room()

    async def give(
        self, user: str = "ann", gift: str = "rose", count: int = 1, *, key: str = "k1", to: str | None = None
    ) -> dict[str, Any]:
        """Somebody gives; what is answered, with `duplicate`."""
        answer = await self.send(user, gift, count, key=key, to=to)
        said: dict[str, Any] = orjson.loads(answer.data)
        return said | {"duplicate": answer.duplicate}

    async def send(
        self, user: str, gift: str = "rose", count: int = 1, *, key: str = "k1", to: str | None = None
    ) -> Answer:
        """The same as it is answered."""
        identity = Identity(user_id=user, name=user.title(), role=Role.VIEWER, expires_at_ms=FAR_FUTURE_MS)
        wanted = SendGift(gift=gift, count=count, to=to)
        request = Request(identity, Role.VIEWER, catalogue.commands[SEND], wanted, key, None, 0.0)
        return await self.giver.handle(self.room, request, self.clock.now_ms())

    def told(self, kind: str) -> list[dict[str, Any]]:
        """The data of the events of a kind that were sent to the room."""
        rows = [each for row in self.events.rows for each in orjson.loads(row.payload)]
        return [orjson.loads(payload)["data"] for name, _, payload in rows if name == kind]

    def hooked(self, type_: str) -> list[dict[str, Any]]:
        """The data of the webhooks of a type."""
        said = [each for row in self.webhooks.rows for each in orjson.loads(row.payload)]
        return [data for name, data in said if name == type_]

    async def settle(self) -> None:
        """Wait until everything that follows the last commits is done."""
        for _ in range(3):
            while self.closer._task or self.collector._task or self.relay._tasks:
                tasks = [self.closer._task, self.collector._task, *self.relay._tasks.values()]
                await asyncio.wait([task for task in tasks if task is not None])
            await self.board.drain()
            await asyncio.sleep(0)

    async def wait(self, ms: int, step_ms: int = 500) -> None:
        """Let time pass, and let happen what it brings."""
        while ms > 0:
            self.clock.advance(min(step_ms, ms))
            ms -= step_ms
            await self.settle()

    async def until(self, done: Callable[[], bool], step_ms: int = 500) -> None:
        """Let time pass until a condition holds."""
        async with asyncio.timeout(60):
            while not done():
                await self.wait(step_ms)
                await asyncio.sleep(0.01)

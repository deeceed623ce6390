"""Rounds of storm, kill -9 and restart on one database, each with another moment; `CRASH_SEED` repeats a run.

`CRASH_ROUNDS` makes it longer (`make crash` runs twenty) and waits for the leases of the dead, as the next server does:
some 20 s a round. Every round prints what it has seen.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from liveroom.rooms.storage.database import Database
from tests.crash.books import Books
from tests.crash.person import Order, Person
from tests.crash.receiver import Receiver, receiving
from tests.crash.storm import gather, rage
from tests.support.server import Server, running_server

ROOM = "crash"
ROUNDS = int(os.environ.get("CRASH_ROUNDS") or "1")
WAITS_FOR_LEASES = "CRASH_ROUNDS" in os.environ
SEED = int(os.environ.get("CRASH_SEED") or "0") or random.SystemRandom().randrange(1, 2**31)
ASKED_AGAIN = 40
PATIENCE_S = 120.0
LOOK_S = 0.1
GIFTS = {"rose": 10, "star": 25}


class Show:
    """One database, and server after server on it."""

    def __init__(self, url: str, settings: dict[str, str], receiver: Receiver) -> None:
        self.url = url
        self.settings = settings
        self.receiver = receiver
        self.last_row = 0

    @contextmanager
    def server(self) -> Iterator[Server]:
        """A server on the database, until it is killed or stopped."""
        with running_server(
            **self.settings,
            LIVEROOM_DRAIN_S="0",
            LIVEROOM_GIFT_BILLING="open",
            LIVEROOM_WEBHOOK_NETWORKS="127.0.0.0/8",
            LIVEROOM_WEBHOOK_TIMEOUT_S="1",
        ) as server:
            yield server

    async def newest_row(self) -> int:
        """The newest outbox row."""
        database = Database(self.url)
        try:
            return await Books(database).newest_row()
        finally:
            await database.close()

    def prepare(self, server: Server) -> None:
        """A room with gifts, whose events the receiver is told; nothing when it is there."""
        if self.receiver.secret:
            return
        server.create_room(ROOM)
        for gift, price in GIFTS.items():
            names = {"zh": gift, "en": gift}
            server.call("PUT", f"/gifts/{gift}", names=names, price=price, combo_window_ms=1_000, icon="*")
        url = f"http://127.0.0.1:{self.receiver.port}/hook"
        events = ["coupon.granted", "campaign.exhausted", "gift.settled"]
        self.receiver.secret = server.call("POST", "/webhooks", url=url, events=events).json()["secret"]["secret"]


def begin_campaign(server: Server, campaign: str, stock: int) -> None:
    """A campaign that is open for a day."""
    drop = {"ends_at": int(time.time() * 1000) + 86_400_000, "stock": stock}
    value = {"kind": "fixed", "amount": 500}
    path = f"/rooms/{ROOM}/campaigns"
    wanted: dict[str, Any] = {"id": campaign, "name": campaign, "currency": "CNY", "value": value, "drops": [drop]}
    server.call("POST", path, **wanted, valid_s=86_400, per_user=100, per_drop=100)
    server.call("POST", f"{path}/{campaign}/activate")


async def crash(
    show: Show, campaign: str, stock: int, seconds: float, chance: random.Random
) -> tuple[Sequence[Order], Person]:
    """A storm and its end; what was sent, and a viewer who was there."""
    with show.server() as server:
        await asyncio.to_thread(show.prepare, server)
        await asyncio.to_thread(begin_campaign, server, campaign, stock)
        witness = await Person(server, "witness", ROOM, "viewer").enter(server)
        show.last_row = await show.newest_row()
        people = await gather(server, ROOM)
        orders = await rage(server, people, campaign, seconds, chance)
        return orders, witness


async def wait_until(done: Callable[[], Any], what: str) -> None:
    """Wait for something that others do."""
    until = time.monotonic() + PATIENCE_S
    while True:
        found = done()
        if await found if asyncio.iscoroutine(found) else found:
            return
        assert time.monotonic() < until, what
        await asyncio.sleep(LOOK_S)


async def check_facts(books: Books, campaign: str, orders: Sequence[Order]) -> None:
    """Every acknowledged fact is there with the answer that was given, and stands once."""
    grants = await books.grants(campaign)
    claims = await books.answers("coupon.claim", f"{campaign}-c")
    gifts = await books.answers("gift.send", f"{campaign}-g")
    for order in orders:
        if order.is_kept:
            assert order.answer is not None
            kept = (claims if order.type_ == "coupon.claim" else gifts).get(f"{order.user}\n{order.key}")
            assert kept == order.answer["data"], order
    granted = Counter(answer["grant"]["id"] for answer in claims.values())
    assert granted == Counter(grant.id for grant in grants)
    assert not granted or max(granted.values()) == 1
    per_user = Counter(grant.user_id for grant in grants)
    assert max(per_user.values(), default=0) <= 100
    by_facts, by_combos, by_ranks = await books.gift_sums(ROOM)
    assert by_facts == by_combos == by_ranks


async def check_stock(server: Server, books: Books, campaign: str, stock: int) -> None:
    """Granted and left are the stock."""
    path = f"/rooms/{ROOM}/campaigns/{campaign}"
    told = (await asyncio.to_thread(server.call, "GET", path)).json()
    granted = len(await books.grants(campaign))
    [drop] = told["drops"].values()
    assert (drop["granted"], drop["left"]) == (granted, stock - granted), told
    assert granted <= stock


async def check_repeats(server: Server, books: Books, orders: Sequence[Order], chance: random.Random) -> None:
    """A repeat of what was acknowledged gets the same answer, and of what was not takes effect once."""
    some = chance.sample(list(orders), min(ASKED_AGAIN, len(orders)))
    people: dict[str, Person] = {}
    for order in some:
        if order.user not in people:
            people[order.user] = await Person(server, order.user, ROOM, "moderator").enter(server)
        again = await people[order.user].ask(order)
        if order.is_kept:
            assert order.answer is not None
            assert again.answer is not None
            assert (again.answer["data"], again.answer.get("duplicate")) == (order.answer["data"], True)
    for person in people.values():
        person.leave()


async def check_told(show: Show, server: Server, books: Books, campaign: str, before: Person) -> int:
    """Every committed event reaches a viewer who comes back, and every webhook the receiver; combos all end once."""
    witness = await Person(server, "witness", ROOM, "viewer", before).enter(server)

    async def is_quiet() -> bool:
        return not await books.open_combos(ROOM) and not await books.unsent()

    await wait_until(is_quiet, "combos are open or outbox rows wait")
    events = await books.room_events(ROOM, show.last_row)
    committed = {event for row in events.values() for event in row}
    await wait_until(lambda: committed <= witness.events, "a committed event was not seen")
    granted = {grant.id for grant in await books.grants(campaign)}
    settled = await books.settlements(ROOM)
    assert len(set(settled)) == len(settled)

    def is_told() -> bool:
        told = {each["id"] for data in show.receiver.data("coupon.granted") for each in data["grants"]}
        ended = {data["settlement_id"] for data in show.receiver.data("gift.settled")}
        return granted <= told and set(settled) <= ended

    await wait_until(is_told, "a webhook did not arrive")
    assert (show.receiver.doubled, show.receiver.forged) == ([], [])
    witness.leave()
    return len(committed)


async def run_round(show: Show, number: int, chance: random.Random) -> str:
    """One storm, one kill, one restart; a line that says what was seen."""
    campaign, seconds = f"c{number}", chance.uniform(0.4, 2.0)
    stock = chance.choice((500, 3_000, 100_000))
    orders, before = await crash(show, campaign, stock, seconds, chance)
    database = Database(show.url)
    try:
        books = Books(database)
        if not WAITS_FOR_LEASES:
            await books.end_leases()
        with show.server() as server:
            await check_facts(books, campaign, orders)
            await check_stock(server, books, campaign, stock)
            await check_repeats(server, books, orders, chance)
            committed = await check_told(show, server, books, campaign, before)
            await check_facts(books, campaign, orders)
    finally:
        await database.close()
    kept = Counter(order.type_ for order in orders if order.is_kept)
    sent = Counter(order.type_ for order in orders)
    return (
        f"round {number}: killed {seconds:.2f} s after the first answer; sent {dict(sent)}; acknowledged {dict(kept)}, "
        f"unanswered {sum(order.answer is None for order in orders)}; stock {stock}; {committed} events, "
        f"{len(show.receiver.told)} webhooks so far; all there, none twice"
    )


def test_nothing_acknowledged_is_lost_or_doubled(
    crash_place: tuple[str, dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(SEED)
    with receiving() as receiver:
        show = Show(*crash_place, receiver)
        for number in range(1, ROUNDS + 1):
            line = asyncio.run(run_round(show, number, chance))
            with capsys.disabled():
                print(f"\n{line} (seed {SEED})", end="", flush=True)  # noqa: T201 - a long run shows where it is

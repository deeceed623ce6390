"""Rooms on several workers: whatever is linked is on one, and that one knows what was granted, muted and linked."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveroom.realtime.clock import LoopClock
from liveroom.realtime.media.events import BOTH, Kind
from liveroom.realtime.media.places import Person
from liveroom.realtime.media.rights import Rights
from liveroom.realtime.media.sfu.engine import SfuEngine
from liveroom.realtime.media.sfu.fleet import SfuSettings
from tests.media.streams import offer

ROOMS = "abcde"
PEOPLE = ("x", "y")
WORKERS = 3


class Pretender:
    """A worker that only keeps the rights it is told."""

    def __init__(self) -> None:
        self.rights = Rights()

    async def ask(self, do: str, /, **fields: Any) -> dict[str, object]:
        await asyncio.sleep(0)
        rights, person = self.rights, Person(fields.get("room", ""), fields.get("user_id", ""))
        if do == "grant":
            rights.grant(person, fields["seat"], frozenset(map(Kind, fields["kinds"])))
        elif do == "revoke":
            rights.revoke(person)
        elif do == "remove":
            rights.forget(person)
        elif do == "mute":
            rights.mute(person, Kind(fields["kind"]), fields["muted"])
        else:
            {"link": rights.link, "unlink": rights.unlink}[do](fields["room_a"], fields["room_b"])
        return {}


def _engine() -> tuple[SfuEngine, list[Pretender]]:
    engine, pretenders = SfuEngine(SfuSettings(workers=WORKERS), LoopClock()), [Pretender() for _ in range(WORKERS)]
    for worker, pretender in zip(engine.workers, pretenders, strict=True):
        worker.ask = pretender.ask  # type: ignore[method-assign]
    return engine, pretenders


SOMEBODY = st.tuples(st.sampled_from(ROOMS), st.sampled_from(PEOPLE))
PAIRS = st.permutations(ROOMS).map(lambda rooms: rooms[:2])
STEPS = st.one_of(
    st.tuples(st.sampled_from(["link", "link", "unlink"]), PAIRS),
    st.tuples(
        st.sampled_from(["grant", "revoke", "remove"]), st.tuples(st.sampled_from(ROOMS), st.sampled_from(PEOPLE))
    ),
)


@given(st.lists(STEPS, max_size=30))
@settings(max_examples=200, deadline=None)
def test_the_worker_of_a_room_knows_all_of_it_whatever_was_linked_and_moved(steps: list[Any]) -> None:
    async def play() -> None:
        engine, pretenders = _engine()
        for room in ROOMS:
            await engine.grant(room, "host", 0)
        for number, (do, names) in enumerate(steps):
            more = (1 + number % 3, BOTH if number % 2 else frozenset({Kind.AUDIO})) if do == "grant" else ()
            await getattr(engine, do)(*names, *more)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        for room in ROOMS:
            place = engine._fleet.place(room)
            assert {engine._fleet.place(other) for other in engine._rights.linked(room)} <= {place}
            told = pretenders[place].rights
            assert told.linked(room) == engine._rights.linked(room)
            assert told.shown_in(room) == engine._rights.shown_in(room)
            assert all(told.seats[each] == engine._rights.seats[each] for each in told.shown_in(room))

    asyncio.run(play())


async def test_links_of_a_battle_go_with_its_rooms() -> None:
    engine, pretenders = _engine()
    for room in "abc":
        await engine.grant(room, "host", 0)
    assert len({engine._fleet.place(room) for room in "abc"}) == WORKERS
    await engine.link("b", "c")
    await engine.link("a", "b")
    (place,) = {engine._fleet.place(room) for room in "abc"}
    assert pretenders[place].rights.linked("b") == {"a", "c"}
    assert pretenders[place].rights.linked("c") == {"b"}


async def test_who_is_sent_out_has_no_right_on_a_worker_that_had_the_room_before() -> None:
    engine, pretenders = _engine()
    for room in "ab":
        await engine.grant(room, "host", 0)
    before = engine._fleet.place("b")
    await engine.link("a", "b")
    assert engine._fleet.place("b") != before
    await engine.remove("b", "host")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not any(Person("b", "host") in each.rights.seats for each in pretenders)


async def test_an_answer_that_nobody_waits_for_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, _ = _engine()
    never = asyncio.Event()

    async def ask(do: str, /, **fields: Any) -> dict[str, object]:
        await never.wait()
        return {}

    ticket = (await engine.prepare("r", "u")).ticket
    for worker in engine.workers:
        monkeypatch.setattr(worker, "ask", ask)
    asking = asyncio.create_task(engine.answer(ticket, offer()))
    await asyncio.sleep(0)
    assert engine._sessions.count("r") == 1
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert engine._sessions.count("r") == 0

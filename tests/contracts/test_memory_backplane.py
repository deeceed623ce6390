"""The engine of a single process keeps the contract, and stays within its bounds."""

from __future__ import annotations

import pytest

from liveroom.realtime.backplane import memory
from liveroom.realtime.backplane.base import KEY_TTL_S, Key, Outcome, Position, Target
from liveroom.realtime.backplane.memory import KEEP_S, MemoryBackplane
from tests.contracts.backplane import BackplaneContract
from tests.contracts.engine import RING_EVENTS, Engine, said
from tests.contracts.receiver import RecordingReceiver
from tests.support.clock import FakeClock


class TestMemoryBackplane(BackplaneContract):
    """See the module."""

    @pytest.fixture
    def engine(self, clock: FakeClock) -> Engine:
        async def pass_time(seconds: float) -> None:
            clock.advance(seconds * 1000)

        return Engine(MemoryBackplane(clock, ring_events=RING_EVENTS), pass_time)


async def test_keys_are_forgotten_when_they_are_old(clock: FakeClock) -> None:
    backplane = MemoryBackplane(clock)
    for number in range(50):
        await backplane.publish("r", [said("a", key=f"k{number}")])
    clock.advance(KEY_TTL_S * 1000)
    for number in range(25):
        await backplane.publish("r", [said("a", key=f"new {number}")])
    assert len(backplane._keys) == 25, "each new key takes two that are old with it"


async def test_more_keys_than_are_kept_let_the_oldest_go(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MAX_KEYS", 3)
    backplane = MemoryBackplane(clock)
    for number in range(5):
        await backplane.publish("r", [said("a", key=f"k{number}")])
    known = await backplane.recall("r", [Key(f"k{number}", b"") for number in range(5)])
    assert [each.outcome if each else None for each in known] == [None, None, *[Outcome.DUPLICATE] * 3]


async def test_a_room_that_nobody_was_in_for_a_day_is_forgotten_and_others_are_not(clock: FakeClock) -> None:
    backplane = MemoryBackplane(clock)
    for room in ("left", "back", "full"):
        await backplane.subscribe(room, 0)
        await backplane.publish(room, [said("a")])
    await backplane.publish("never entered", [said("a")])
    old, _ = await backplane.tail("left", Position("", 0))
    await backplane.unsubscribe("left")
    await backplane.unsubscribe("back")
    clock.advance((KEEP_S - 1) * 1000)
    await backplane.subscribe("back", 0)
    assert (await backplane.recent("left", 1))[0] == old
    clock.advance(1_000)
    await backplane.report_viewers("full", 1)
    assert set(backplane._rooms) == {"back", "full"}
    position, missed = await backplane.tail("left", old)
    assert (position.epoch != old.epoch, missed) == (True, None)


async def test_after_closing_this_process_hears_nothing(clock: FakeClock) -> None:
    backplane, receiver = MemoryBackplane(clock), RecordingReceiver()
    await backplane.start(receiver)
    await backplane.subscribe("r", 0)
    await backplane.close()
    await backplane.publish("r", [said("a")])
    await backplane.set_latest("r", "likes", b"1", (0, 1))
    await backplane.send_private("r", Target(user_id="u"), b"x")
    await backplane.tell_nodes(b"x")
    assert (receiver.events, receiver.latest, receiver.private, receiver.messages) == ([], [], [], [])

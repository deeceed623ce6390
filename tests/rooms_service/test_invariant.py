"""What clients rely on, through the real path: an old snapshot and the events after it are the fresh snapshot.

Random people say, like, open, go live, end, rename, come and go, while the backplane fails now and then. A client that
only folds what it hears must have, at every rest, exactly what the server gives a newcomer; every ack's event must be
there once, and no refused command may have left a trace.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liveroom.realtime.identity import Role
from liveroom.rooms import actor as actor_module
from liveroom.rooms import pipeline as pipeline_module
from liveroom.rooms.messages.room import RoomSettings
from liveroom.rooms.rules.snapshot import Snapshot, apply_event
from tests.rooms_service.house import House
from tests.rooms_service.line import Frame, Line
from tests.support.clock import FakeClock
from tests.support.fast_loop import run_fast

HISTORY = 4
LIKES = 3
PATH = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PEOPLE = ("ann", "bob", "host")

STEPS = st.one_of(
    st.tuples(st.just("comment.send"), st.sampled_from(PEOPLE), st.sampled_from([None, "k1", "k2"])),
    st.tuples(st.just("like.send"), st.sampled_from(PEOPLE), st.sampled_from([None, "k3"])),
    st.tuples(st.sampled_from(["room.open", "room.go_live", "room.end"]), st.just("host"), st.none()),
    st.tuples(st.just("room.update"), st.just("host"), st.sampled_from([None, "k4"])),
    st.tuples(st.just("cut"), st.sampled_from(PEOPLE), st.none()),
    st.tuples(st.just("vip"), st.just("host"), st.none()),
    st.tuples(st.just("wait"), st.sampled_from(["0", "5", "300"]), st.none()),
    st.tuples(st.just("fail"), st.sampled_from(["publish", "recall", "take", "add"]), st.none()),
    st.tuples(st.just("fail after"), st.sampled_from(["publish", "add"]), st.none()),
)


class Follower:
    """A client that takes one snapshot and then folds events, resuming after cuts."""

    def __init__(self) -> None:
        self.line: Line | None = None
        self.position: Frame = {}
        self.state: Snapshot | None = None

    async def come(self, house: House) -> None:
        """Join, with the position if there is one."""
        self.line = await house.line("follower")
        joined = await self.line.join(
            {"epoch": self.position["epoch"], "seq": self.position["seq"]} if self.state else {}
        )
        if joined["recovered"]:
            assert self.state is not None
            first = joined["seq"] - len(joined["events"]) + 1
            self._fold([event | {"seq": first + at} for at, event in enumerate(joined["events"])])
        else:
            assert self.state is None, "the ring is long enough to recover"
            self.state = _read(joined)
        self.position = {"epoch": joined["epoch"], "seq": joined["seq"]}

    def listen(self) -> None:
        """Fold what was heard."""
        assert self.line is not None
        events = self.line.events()
        self.line.heard.clear()
        self._fold(events)

    async def cut(self, house: House) -> None:
        """The line is cut, and the client comes back."""
        self.listen()
        assert self.line is not None
        self.line.hang_up()
        await house.wait(20)
        await self.come(house)

    def _fold(self, events: list[Frame]) -> None:
        for event in events:
            if self.position and event["seq"] <= self.position["seq"]:
                continue
            assert self.state is not None
            assert not self.position or event["seq"] == self.position["seq"] + 1
            self.state = apply_event(self.state, event["kind"], event["data"], event["ts"], event["seq"])
            self.position["seq"] = event["seq"]


def _read(joined: Frame) -> Snapshot:
    taken = joined["snapshot"]
    return Snapshot(taken["room"], taken["show"], tuple(taken["comments"]), HISTORY)


async def _take_step(house: House, lines: dict[str, Line], follower: Follower, step: tuple[Any, ...], at: int) -> int:
    type_, who, key = step
    if type_ == "wait":
        await house.wait(int(who))
    elif type_ == "fail":
        house.faults.plan(who, "raise")
    elif type_ == "fail after":
        house.faults.plan(who, "raise after")
    elif type_ == "vip":
        await house.enter(f"vip{at}", level=40)
    elif type_ == "cut":
        await follower.cut(house)
    else:
        data = {
            "comment.send": {"text": f"{key or at}"},
            "like.send": {"count": LIKES},
            "room.update": {"title": key or f"t{at}"},
        }
        number = lines[who].say(type_, data.get(type_), key=key)
        await house.settle()
        return number
    return 0


async def _run(steps: list[tuple[Any, ...]]) -> None:
    house = House(FakeClock(), RoomSettings(history=HISTORY, comments_per_s=0))
    await house.open(live=False)
    lines = {
        "ann": await house.enter("ann"),
        "bob": await house.enter("bob"),
        "host": await house.enter("host", Role.HOST),
    }
    follower = Follower()
    await follower.come(house)
    likes = []
    for at, step in enumerate(steps):
        number = await _take_step(house, lines, follower, step, at)
        if step[0] == "like.send":
            likes.append((step[1], step[2], number))
    house.faults.to_come.clear()
    await house.wait(3_000)
    follower.listen()
    fresh = await house.look()
    assert follower.state == _read(fresh)
    assert follower.position == {"epoch": fresh["epoch"], "seq": fresh["seq"]}
    await _check_acks(house, lines, likes)
    await house.close()


async def _check_acks(house: House, lines: dict[str, Line], likes: list[tuple[str, str | None, int]]) -> None:
    """Every comment that was acked was said once, and every like that was acked is in the total once."""
    room = await house.service.room("demo")
    tail = room.fanout.ring.tail(0)
    assert tail is not None
    said = [payload for payload in tail if b'"comment.sent"' in payload]
    for line in lines.values():
        for frame in line.hear():
            if frame["type"] == "ack" and "comment_id" in frame.get("data", {}):
                assert sum(frame["data"]["comment_id"].encode() in payload for payload in said) == 1
    counters = house.backplane._room("demo").counters
    summed = sum(total for name, total in counters.items() if name.startswith("likes:"))
    acked = {(who, key or number) for who, key, number in likes if lines[who].answer(number)["type"] == "ack"}
    assert summed == LIKES * len(acked)


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (pipeline_module, actor_module):
        monkeypatch.setattr(module, "STEP_S", 1.0)


@PATH
@given(st.lists(STEPS, max_size=40))
def test_events_after_an_old_snapshot_give_the_fresh_one_and_acks_tell_the_truth(steps: list[tuple[Any, ...]]) -> None:
    run_fast(_run(steps))

"""What a program sees of a room: each event once and in order, and a state that matches them."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from liveroom.realtime.client.events import Event, EventStream, Lane
from liveroom.realtime.client.fold import COMMENTS_KEPT, empty_state, fold, from_snapshot
from liveroom.realtime.client.room import Room
from tests.clients.fakes import comment, joined, recovered


async def never_sends(type_: str, data: Any, /, *, room: str, key: str | None) -> dict[str, Any]:
    """A room that only listens."""
    raise AssertionError(f"{type_} was sent to {room}: {data} {key}")


def make_room() -> tuple[Room, list[Event]]:
    """A room at position 0 and what it tells."""
    told: list[Event] = []
    room = Room("demo", never_sends, told.append)
    room.enter(joined(seq=0))
    return room, told


def applied(told: list[Event]) -> list[int | None]:
    """The positions that were handed on."""
    return [event.seq for event in told if event.lane is Lane.SEQUENCED]


FRAMES = st.lists(st.tuples(st.integers(1, 60), st.integers(1, 6)), max_size=60)


@given(frames=FRAMES)
def test_any_frames_with_repair_give_every_event_once_and_in_order(frames: list[tuple[int, int]]) -> None:
    """Late, repeated, overlapping and missing frames; a hole is repaired as the server would."""
    room, told = make_room()
    top = 0
    for last, length in frames:
        first = max(1, last - length + 1)
        top = max(top, last)
        if not room.receive(last, [comment(n) for n in range(first, last + 1)]):
            assert room.seq is not None
            missed = [comment(n) for n in range(room.seq + 1, top + 1)]
            assert room.enter(recovered(top, *missed))
    assert applied(told) == list(range(1, (room.seq or 0) + 1))
    assert room.seq == top
    texts = [int(one["data"]["text"]) for one in room.state["comments"]]
    assert texts == list(range(1, top + 1))


def test_a_recovered_join_that_does_not_reach_back_to_us_asks_for_a_snapshot() -> None:
    """A server that sends less than was missed is not believed."""
    room, told = make_room()
    assert not room.enter(recovered(9, comment(9)))
    assert room.position == {}
    assert applied(told) == []


def test_a_recovered_join_of_another_epoch_asks_for_a_snapshot() -> None:
    """Numbers of another life mean other events."""
    room, _ = make_room()
    assert not room.enter(recovered(1, comment(1), epoch="e2"))
    assert room.position == {}


def test_what_a_restarted_server_tells_again_is_handed_on_and_changes_nothing() -> None:
    """It is in the snapshot already, and has no position of its own."""
    room, told = make_room()
    before = len(told)
    assert room.enter(joined(seq=4, epoch="e2") | {"events": [comment(3)]})
    [again] = [event for event in told[before:] if event.kind == "comment.sent"]
    assert (again.seq, again.data["text"]) == (None, "3")
    assert room.state["comments"] == []
    assert (room.seq, room.position) == (4, {"epoch": "e2", "seq": 4})


def test_the_state_keeps_the_last_comments_only() -> None:
    """A long show does not grow the memory."""
    state = empty_state()
    for number in range(COMMENTS_KEPT + 50):
        state = fold(state, comment(number) | {"seq": number})
    texts = [int(one["data"]["text"]) for one in state["comments"]]
    assert texts == list(range(50, COMMENTS_KEPT + 50))


def test_a_show_from_open_to_end_is_folded() -> None:
    """The events alone rebuild what a later joiner reads in the snapshot."""
    start = from_snapshot({"room": {"id": "demo", "status": "created", "title": "A"}, "show": None, "comments": []})
    live = [
        {"kind": "room.opened", "ts": 1, "data": {}},
        {"kind": "room.updated", "ts": 2, "data": {"title": "B"}},
        {"kind": "room.went_live", "ts": 3, "data": {"show_id": "s1", "started_at": 3}},
    ]
    state = start
    for event in live:
        state = fold(state, event)
    assert state["room"] == {"id": "demo", "status": "live", "title": "B"}
    assert state["show"] == {"id": "s1", "started_at": 3}
    state = fold(state, {"kind": "room.ended", "ts": 4, "data": {"show_id": "s1", "ended_at": 4}})
    assert (state["room"]["status"], state["show"]) == ("ended", None)
    assert start["room"]["title"] == "A", "a state that was handed out must not change"


def test_a_kind_that_is_not_known_changes_nothing() -> None:
    """It comes from a newer server."""
    state = empty_state()
    assert fold(state, {"kind": "aurora.seen", "ts": 1, "data": {}}) is state


def test_latest_values_replace_one_another() -> None:
    """Absolute values: the newest wins, others stay."""
    room, _ = make_room()
    room.receive_latest({"likes": {"total": 5}, "audience": {"viewers": 2}})
    room.receive_latest({"likes": {"total": 3}})
    assert room.state["totals"] == {"likes": {"total": 3}, "audience": {"viewers": 2}}
    assert room.seq == 0


async def test_a_reader_that_falls_behind_is_told_how_much_it_missed() -> None:
    """The queue is bounded: it is emptied and says so."""
    stream = EventStream(limit=3)
    for seq in range(1, 6):
        stream.put(Event("comment.sent", seq=seq))
    stream.end()
    got = [(event.kind, event.data.get("missed"), event.seq) async for event in stream]
    assert got == [("lagged", 3, None), ("comment.sent", None, 4), ("comment.sent", None, 5)]


async def test_events_of_a_room_end_when_it_is_left() -> None:
    """After the event that says so; and an iteration begun later ends at once."""
    room, _ = make_room()
    before = room.events()
    room.receive(1, [comment(1)])
    room.end()
    assert [event.kind async for event in before] == ["comment.sent", "left"]
    assert [event.kind async for event in room.events()] == []

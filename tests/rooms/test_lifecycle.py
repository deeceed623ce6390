"""The life of a room: every pair of the table, every pair beside it, and long random lives."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from pydantic import TypeAdapter

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.identity import Role
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.room import RoomSettings, RoomStatus, RoomUpdated, RoomWentLive, ShowStats
from liveroom.rooms.rules import lifecycle
from liveroom.rooms.rules.lifecycle import NAMES, TABLE, End, GoLive, Open, RoomState, Update
from tests.rooms.builders import HOST, MACHINE, NOW, make_room

COMMANDS: dict[type[lifecycle.Command], lifecycle.Command] = {
    Open: Open(),
    GoLive: GoLive("s_2"),
    End: End(),
    Update: Update("新的题目"),
}
PAIRS = list(itertools.product(RoomStatus, COMMANDS))
STATS = ShowStats(viewers=9, comments=8, likes=7, peak_viewers=6)


def test_the_table_allows_exactly_what_the_design_says() -> None:
    created, opened, live, ended = RoomStatus
    assert {(before, NAMES[kind], after) for (before, kind), after in TABLE.items() if kind is not Update} == {
        (created, "room.open", opened),
        (ended, "room.open", opened),
        (created, "room.go_live", live),
        (opened, "room.go_live", live),
        (ended, "room.go_live", live),
        (opened, "room.end", ended),
        (live, "room.end", ended),
    }
    assert all(TABLE[status, Update] is status for status in RoomStatus)


@pytest.mark.parametrize(("status", "kind"), PAIRS)
def test_every_pair_moves_as_the_table_says_or_is_refused_by_name(
    status: RoomStatus, kind: type[lifecycle.Command]
) -> None:
    room = make_room(status)
    if (status, kind) in TABLE:
        after, events = lifecycle.apply(room, COMMANDS[kind], NOW + 5)
        assert after.status is TABLE[status, kind]
        assert after.version == room.version + 1
        assert len(events) == 1
        return
    with pytest.raises(Refusal) as refused:
        lifecycle.apply(room, COMMANDS[kind], NOW + 5)
    assert refused.value.code == ErrorCode.WRONG_STATE
    assert refused.value.facts["state"] == status.value
    possible = {NAMES[able] for at, able in TABLE if at is status}
    assert set(str(refused.value.facts["possible"]).split(", ")) == possible
    assert NAMES[kind] not in possible
    assert not refused.value.retryable


def test_a_show_begins_with_its_id_and_ends_with_its_count() -> None:
    room, events = lifecycle.apply(make_room(), GoLive("s_7"), NOW)
    assert events == (RoomWentLive(show_id="s_7", started_at=NOW),)
    ended, events = lifecycle.apply(room, End(STATS), NOW + 1)
    assert ended.show is None
    assert events[0].model_dump() == {"show_id": "s_7", "ended_at": NOW + 1, "stats": STATS.model_dump()}


def test_a_room_that_was_only_open_ends_without_a_show() -> None:
    _, events = lifecycle.apply(make_room(RoomStatus.OPEN), End(STATS), NOW)
    assert events[0].model_dump(exclude_none=True) == {"ended_at": NOW}


def test_a_title_is_cleaned_and_an_empty_one_refused() -> None:
    after, events = lifecycle.apply(make_room(), Update("  两\n行\u202e "), NOW)
    assert after.title == "两 行"
    assert events == (RoomUpdated(title="两 行"),)
    with pytest.raises(Refusal, match="no visible character"):
        lifecycle.apply(make_room(), Update("\u200b "), NOW)


@pytest.mark.parametrize("title", [None, "晚上好", " 晚上好 "])
def test_an_update_that_changes_nothing_says_nothing(title: str | None) -> None:
    room = make_room()
    assert lifecycle.apply(room, Update(title), NOW) == (room, ())


def test_guests_stay_out_where_the_room_says_so() -> None:
    closed = make_room(settings=RoomSettings(guests=False))
    with pytest.raises(Refusal) as refused:
        lifecycle.admit(closed, Role.GUEST)
    assert refused.value.code == ErrorCode.GUESTS_NOT_ALLOWED
    lifecycle.admit(closed, Role.VIEWER)
    lifecycle.admit(make_room(), Role.GUEST)


@pytest.mark.parametrize("status", RoomStatus)
def test_people_talk_only_in_an_open_or_live_room(status: RoomStatus) -> None:
    room = make_room(status)
    if status in (RoomStatus.OPEN, RoomStatus.LIVE):
        lifecycle.require_open(room)
        return
    with pytest.raises(Refusal) as refused:
        lifecycle.require_open(room)
    assert refused.value.code == ErrorCode.ROOM_NOT_OPEN
    assert refused.value.facts["state"] == status.value


@pytest.mark.parametrize("status", RoomStatus)
def test_the_document_of_a_room_survives_its_way_to_json_and_back(status: RoomStatus) -> None:
    document = TypeAdapter(RoomState)
    room = make_room(status)
    assert document.validate_json(document.dump_json(room)) == room


class RoomLife(RuleBasedStateMachine):
    """A room against a model of three variables written with plain conditions."""

    def __init__(self) -> None:
        super().__init__()
        self.room = lifecycle.create("demo", "t", "show", HOST, RoomSettings(), NOW)
        self.door_open = self.on_air = False
        self.shows = self.changes = 0

    def attempt(self, command: lifecycle.Command, possible: bool) -> None:
        before = self.room
        try:
            self.room, events = lifecycle.apply(before, command, NOW)
        except Refusal:
            assert not possible
            assert self.room is before
        else:
            assert possible
            self.changes += len(events)

    @rule()
    def open(self) -> None:
        possible = not self.door_open
        self.attempt(Open(), possible)
        self.door_open = True

    @rule()
    def go_live(self) -> None:
        possible = not self.on_air
        self.attempt(GoLive(f"s_{self.shows}"), possible)
        self.shows += possible
        self.door_open = self.on_air = True

    @rule()
    def end(self) -> None:
        self.attempt(End(), self.door_open)
        self.door_open = self.on_air = False

    @rule(
        title=st.sampled_from(["t", "u", "v", None]), stream=st.sampled_from(["", "https://cdn.example/a.m3u8", None])
    )
    def update(self, title: str | None, stream: str | None) -> None:
        known = self.room.settings.stream_url
        self.attempt(Update(title, stream), True)
        assert self.room.title == (title or self.room.title)
        assert self.room.settings.stream_url == (known if stream is None else stream)

    @invariant()
    def agrees(self) -> None:
        assert (self.room.status in (RoomStatus.OPEN, RoomStatus.LIVE)) == self.door_open
        assert (self.room.status is RoomStatus.LIVE) == self.on_air == (self.room.show is not None)
        assert self.room.show is None or self.room.show.id == f"s_{self.shows - 1}"
        assert self.room.version == 1 + self.changes


RoomLife.TestCase.settings = MACHINE
TestRoomLife = RoomLife.TestCase

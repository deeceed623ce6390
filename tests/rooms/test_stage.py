"""What the stage promises: one person for a seat, a place in the queue, an end for every wait, and the truth told."""

from __future__ import annotations

import pytest

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.stage import StageReason
from liveroom.rooms.messages.stage_view import Ending, GuestLeft, GuestSeated, SeatStatus, StageChanged, Standing
from liveroom.rooms.rules import stage
from liveroom.rooms.rules.stage_commands import (
    Accept,
    Agree,
    Allow,
    Apply,
    Came,
    Cancel,
    Command,
    Configure,
    Elapse,
    End,
    Gone,
    Invite,
    Leave,
    Lock,
    Move,
    Open,
    Remove,
    Reserve,
    SetTurn,
    Switch,
    Unlock,
)
from liveroom.rooms.rules.stage_news import CALM_MS
from liveroom.rooms.rules.stage_state import StageState
from liveroom.rooms.rules.stage_view import mine, queue_view, view
from tests.rooms.builders import HOST, NOW
from tests.rooms.stages import AUDIO, ROOM, VIDEO, do, make_stage, options, person, told, with_one

ANN, BOB, CID, DAN = (person(name) for name in ("ann", "bob", "cid", "dan"))


def reason_of(state: StageState, command: Command, now_ms: int = NOW) -> str:
    """Why a command is refused."""
    with pytest.raises(Refusal) as refused:
        stage.apply(state, command, now_ms)
    return str(refused.value.facts.get("reason", refused.value.code))


def apply_all(state: StageState, *names: str) -> StageState:
    return do(state, *(Apply(person(name), VIDEO) for name in names))


def test_ten_who_are_accepted_at_the_same_moment_get_the_seats_there_are() -> None:
    state = apply_all(make_stage(options(3, waiting=10)), *"abcdefghij")
    answers = []
    for name in "abcdefghij":
        try:
            state = do(state, Accept(name))
            answers.append("seated")
        except Refusal as refused:
            answers.append(str(refused.facts["reason"]))
    assert answers == ["seated"] * 3 + [StageReason.FULL] * 7
    assert [guest.seat for guest in state.seated().values()] == [1, 2, 3]


def test_the_place_in_the_queue_is_known_and_moves_up() -> None:
    state = apply_all(make_stage(), "ann", "bob", "cid")
    assert [mine(state, name).place for name in ("ann", "bob", "cid")] == [1, 2, 3]
    state = do(state, Cancel("ann"))
    assert [mine(state, name).place for name in ("ann", "bob", "cid")] == [None, 1, 2]
    assert mine(state, "cid").waiting == 2


def test_another_line_keeps_the_place() -> None:
    state = do(apply_all(make_stage(), "ann", "bob"), Apply(ANN, AUDIO, "about tea"))
    assert mine(state, "ann").place == 1
    assert queue_view(state).waiting[0].line == "about tea"


def test_a_full_queue_says_so_and_who_is_in_it_can_still_change_their_line() -> None:
    state = apply_all(make_stage(options(waiting=2)), "ann", "bob")
    assert reason_of(state, Apply(CID, VIDEO)) == StageReason.QUEUE_FULL
    assert mine(do(state, Apply(BOB, VIDEO, "again")), "bob").place == 2


def test_who_waits_is_next_by_itself_where_that_is_automatic() -> None:
    state = apply_all(make_stage(options(1, auto=True)), "ann", "bob", "cid")
    assert list(state.seated()) == ["ann"]
    state, events = told(state, Leave("ann"))
    assert [type(event) for event in events] == [GuestLeft, GuestSeated, StageChanged]
    assert list(state.seated()) == ["bob"]


def test_switching_to_automatic_fills_the_seats_at_once() -> None:
    state = do(apply_all(make_stage(), "ann", "bob", "cid"), Configure(auto=True))
    assert list(state.seated()) == ["ann", "bob"]


def test_who_is_not_connected_is_not_called_and_keeps_the_place() -> None:
    state = do(make_stage(options(1, auto=True)), Lock(1))
    state = do(apply_all(state, "ann", "bob"), Gone("ann", NOW), Unlock(1))
    assert list(state.seated()) == ["bob"]
    assert mine(do(state, Came("ann")), "ann").place == 1


def test_an_invitation_holds_its_seat_until_it_is_answered() -> None:
    state = do(make_stage(options(1)), Invite(ANN, AUDIO, HOST), Apply(BOB, VIDEO))
    assert reason_of(state, Accept("bob")) == StageReason.FULL
    assert reason_of(state, Invite(CID, VIDEO, HOST)) == StageReason.FULL
    assert mine(state, "ann").invited_by == HOST
    assert list(do(state, Agree("ann")).seated()) == ["ann"]


def test_an_answer_after_the_invitation_has_expired_is_refused_also_before_the_clock_was_heard() -> None:
    state = do(make_stage(options(1)), Invite(ANN, AUDIO, HOST))
    assert list(do(state, Agree("ann"), now_ms=NOW + 29_999).seated()) == ["ann"]
    assert reason_of(state, Agree("ann"), NOW + 30_000) == StageReason.NOT_THERE
    late = do(state, Elapse(), now_ms=NOW + 30_000)
    ended = mine(late, "ann").ended
    assert ended is not None
    assert ended.reason is Ending.EXPIRED


def test_who_applied_and_is_invited_is_seated_since_both_have_said_yes() -> None:
    state = do(make_stage(), Apply(ANN, VIDEO), Invite(ANN, VIDEO, HOST))
    assert state.standing_of("ann") is Standing.SEATED


def test_a_reserved_seat_is_for_one_and_they_have_it_without_asking() -> None:
    state = do(make_stage(options(1)), Reserve(1, ANN), Apply(BOB, VIDEO))
    assert reason_of(state, Accept("bob")) == StageReason.FULL
    assert reason_of(state, Accept("bob", 1)) == StageReason.RESERVED
    state = do(state, Apply(ANN, VIDEO))
    assert list(state.seated()) == ["ann"]
    assert [seat.reserved_for for seat in state.seats] == [None]


def test_a_person_has_one_reservation() -> None:
    state = do(make_stage(), Reserve(1, ANN), Reserve(2, ANN))
    assert [seat.reserved_for for seat in state.seats] == [None, ANN]
    assert reason_of(state, Reserve(2, BOB)) == StageReason.RESERVED


def test_a_guest_moves_to_a_free_seat_and_to_no_other() -> None:
    state = do(make_stage(options(3)), Apply(ANN, VIDEO), Accept("ann"), Apply(BOB, VIDEO), Accept("bob"))
    assert mine(do(state, Move("ann", 3)), "ann").grant.seat == 3  # type: ignore[union-attr] - who is seated has one
    assert reason_of(state, Move("ann", 2)) == StageReason.TAKEN
    assert reason_of(do(state, Lock(3)), Move("ann", 3)) == StageReason.LOCKED
    assert reason_of(state, Move("ann", 4)) == StageReason.NO_SEAT


def test_what_the_staff_switched_off_stays_off_and_they_cannot_switch_on_what_its_owner_has_off() -> None:
    state = do(with_one(Standing.SEATED), Allow("ann", mic=False), Switch("ann", mic=True))
    guest = state.seated()["ann"]
    assert (guest.mic.on, guest.mic.allowed) == (True, False)
    state = do(state, Switch("ann", mic=False), Allow("ann", mic=True))
    guest = state.seated()["ann"]
    assert (guest.mic.on, guest.mic.allowed) == (False, True)


def test_the_grant_has_what_the_staff_allow() -> None:
    state = with_one(Standing.SEATED)
    granted = mine(state, "ann").grant
    assert granted is not None
    assert (granted.seat, granted.kinds) == (1, (AUDIO, VIDEO))
    granted = mine(do(state, Allow("ann", camera=False)), "ann").grant
    assert granted is not None
    assert granted.kinds == (AUDIO,)
    assert mine(with_one(Standing.INVITED), "ann").grant is None


def test_who_came_with_audio_is_seen_only_when_both_say_so() -> None:
    state = do(make_stage(), Apply(ANN, AUDIO), Accept("ann"))
    assert reason_of(state, Switch("ann", camera=True)) == StageReason.KIND
    state = do(state, Allow("ann", camera=True))
    guest = state.seated()["ann"]
    assert (guest.kind, guest.camera.on, guest.camera.allowed) == (VIDEO, False, True)
    assert do(state, Switch("ann", camera=True)).seated()["ann"].camera.on


def test_a_kind_that_the_scene_has_not_is_refused() -> None:
    sound = options().model_copy(update={"kinds": (AUDIO,)})
    state = make_stage(sound)
    assert reason_of(state, Apply(ANN, VIDEO)) == StageReason.KIND
    assert reason_of(state, Invite(ANN, VIDEO, HOST)) == StageReason.KIND
    state = do(state, Apply(ANN, AUDIO), Accept("ann"))
    assert reason_of(state, Allow("ann", camera=True)) == StageReason.KIND


def test_the_seat_of_who_drops_is_kept_and_not_longer_than_said() -> None:
    state = with_one(Standing.AWAY)
    assert view(state).seats[0].guest.away  # type: ignore[union-attr] - the seat is taken
    assert do(state, Came("ann"), now_ms=NOW + 19_999).standing_of("ann") is Standing.SEATED
    state, events = told(state, Elapse(), NOW + 20_000)
    assert [event.reason for event in events if isinstance(event, GuestLeft)] == [Ending.DROPPED]
    assert view(state).seats[0].status is SeatStatus.FREE


def test_who_dropped_long_before_it_was_noticed_has_a_moment_all_the_same() -> None:
    state = do(with_one(Standing.SEATED), Gone("ann", NOW - 600_000))
    assert stage.due_at(state) == NOW + 15_000


def test_being_told_again_that_somebody_is_gone_does_not_keep_the_seat_longer() -> None:
    state = with_one(Standing.AWAY)
    assert do(state, Gone("ann", NOW + 10_000), now_ms=NOW + 10_000) is state


def test_a_turn_ends_and_the_next_one_begins() -> None:
    state = apply_all(make_stage(options(1, auto=True, turn_s=60)), "ann", "bob")
    assert mine(state, "ann").ends_at == NOW + 60_000
    state, events = told(state, Elapse(), NOW + 60_000)
    assert [event.reason for event in events if isinstance(event, GuestLeft)] == [Ending.TIME_UP]
    assert mine(state, "bob").ends_at == NOW + 120_000


def test_a_turn_can_be_made_longer_shorter_or_without_end() -> None:
    state = apply_all(make_stage(options(1, auto=True, turn_s=60)), "ann")
    assert mine(do(state, SetTurn("ann", NOW + 90_000)), "ann").ends_at == NOW + 90_000
    assert mine(do(state, SetTurn("ann", None)), "ann").ends_at is None
    assert reason_of(state, SetTurn("ann", NOW)) == StageReason.NO_LIMIT
    assert reason_of(state, SetTurn("ann", NOW + 86_400_001)) == StageReason.NO_LIMIT


def test_who_was_removed_cannot_apply_at_once_but_can_be_invited() -> None:
    state = do(with_one(Standing.SEATED), Remove("ann"))
    assert reason_of(state, Apply(ANN, VIDEO), NOW + 59_999) == StageReason.RESTING
    assert do(state, Apply(ANN, VIDEO), now_ms=NOW + 60_000).standing_of("ann") is Standing.WAITING
    assert do(state, Invite(ANN, VIDEO, HOST)).standing_of("ann") is Standing.INVITED


def test_without_applications_people_come_by_invitation_and_who_waits_stays() -> None:
    state = do(apply_all(make_stage(), "ann"), Configure(applications=False))
    assert reason_of(state, Apply(BOB, VIDEO)) == StageReason.CLOSED
    assert do(state, Accept("ann")).standing_of("ann") is Standing.SEATED
    assert do(state, Invite(BOB, VIDEO, HOST)).standing_of("bob") is Standing.INVITED


def test_the_end_of_the_room_ends_it_for_everybody_and_who_has_not_heard_cannot_open_it_again() -> None:
    state = do(with_one(Standing.SEATED), Apply(BOB, VIDEO))
    state, events = told(state, End(4))
    assert [event.reason for event in events if isinstance(event, GuestLeft)] == [Ending.CLOSED]
    assert state.guests == ()
    with pytest.raises(Refusal) as refused:
        stage.apply(state, Open(ROOM, options(), 4), NOW)
    assert refused.value.code == ErrorCode.ROOM_NOT_OPEN
    again = do(state, Open(ROOM, options(5), 5))
    assert (len(again.seats), again.version > state.version) == (5, True)
    assert do(again, End(4)) is again, "the end of the show before comes late"


def test_a_crowd_that_applies_is_told_in_calm_and_the_last_number_is_told() -> None:
    state = make_stage(options(waiting=100))
    tellings = 0
    for number in range(50):
        state, events = told(state, Apply(person(f"u{number}"), VIDEO), NOW + 600 + number)
        tellings += len(events)
    assert tellings == 1
    due = stage.due_at(state)
    assert due == NOW + 600 + CALM_MS
    state, [changed] = told(state, Elapse(), due)
    assert isinstance(changed, StageChanged)
    assert changed.stage.waiting == 50
    assert do(state, Elapse(), now_ms=due) is state


def test_the_room_does_not_learn_who_waits_or_is_invited_or_what_they_wrote() -> None:
    state = do(make_stage(), Apply(ANN, VIDEO, "my secret"), Invite(BOB, VIDEO, HOST), Reserve(2, CID))
    shown = view(state).model_dump_json()
    assert not [word for word in ("ann", "bob", "cid", "secret") if word in shown.lower()]
    assert view(state).waiting == 1


def test_what_the_staff_see_has_everybody() -> None:
    state = do(make_stage(options(3)), Apply(ANN, VIDEO, "tea"), Invite(BOB, AUDIO, HOST), Reserve(2, CID))
    queue = queue_view(state)
    assert [(each.user, each.line) for each in queue.waiting] == [(ANN, "tea")]
    assert [(each.user, each.seat, each.by) for each in queue.invited] == [(BOB, 1, HOST)]
    assert [(each.seat, each.user) for each in queue.reserved] == [(2, CID)]


def test_it_is_known_for_a_while_how_it_ended() -> None:
    state = do(with_one(Standing.WAITING), Cancel("ann"))
    ended = mine(state, "ann").ended
    assert ended is not None
    assert (ended.reason, ended.at, ended.again_at) == (Ending.CANCELED, NOW, None)
    later = do(state, Apply(DAN, VIDEO), Cancel("dan"), now_ms=NOW + 600_000)
    assert mine(later, "ann").ended is None

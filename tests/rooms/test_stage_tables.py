"""Every pair of state and command of the stage: what the table says is what happens, and what it lacks is refused."""

from __future__ import annotations

from typing import get_args

import pytest

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.stage import StageReason
from liveroom.rooms.messages.stage_view import SeatStatus, StageStatus, Standing
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
    Decline,
    End,
    Gone,
    Invite,
    Leave,
    Lock,
    Move,
    Open,
    PersonCommand,
    Refuse,
    Remove,
    Reserve,
    SeatCommand,
    SetTurn,
    StageCommand,
    Switch,
    Unlock,
    Withdraw,
)
from liveroom.rooms.rules.stage_guests import STEPS
from liveroom.rooms.rules.stage_state import StageState, seat_status
from liveroom.rooms.rules.stage_table import PERSON, PERSON_WORDS, SEAT, SEAT_WORDS, STAGE, STAGE_WORDS
from tests.rooms.builders import HOST, NOW
from tests.rooms.stages import ROOM, VIDEO, do, make_stage, options, person, with_one

ANN = person("ann")
OF_PERSON: dict[type[PersonCommand], PersonCommand] = {
    Apply: Apply(ANN, VIDEO, "hi"),
    Cancel: Cancel("ann"),
    Accept: Accept("ann"),
    Refuse: Refuse("ann"),
    Invite: Invite(ANN, VIDEO, HOST),
    Agree: Agree("ann"),
    Decline: Decline("ann"),
    Withdraw: Withdraw("ann"),
    Leave: Leave("ann"),
    Remove: Remove("ann"),
    Move: Move("ann", 2),
    Switch: Switch("ann", mic=False),
    Allow: Allow("ann", mic=False),
    SetTurn: SetTurn("ann", NOW + 60_000),
    Gone: Gone("ann", NOW),
    Came: Came("ann"),
}
OF_SEAT: dict[type[SeatCommand], SeatCommand] = {Lock: Lock(1), Unlock: Unlock(1), Reserve: Reserve(1, ANN)}
OF_STAGE: dict[type[StageCommand], tuple[StageCommand, ...]] = {
    Open: (Open(ROOM, options(), 9),),
    Configure: (Configure(applications=True), Configure(applications=False)),
    End: (End(5),),
}


def test_every_command_is_in_the_tables_has_words_and_a_step() -> None:
    assert set(PERSON_WORDS) == set(OF_PERSON) == set(STEPS) == set(get_args(PersonCommand))
    assert set(SEAT_WORDS) == set(OF_SEAT) == set(get_args(SeatCommand))
    assert set(STAGE_WORDS) == set(OF_STAGE) == set(get_args(StageCommand))


@pytest.mark.parametrize("kind", list(OF_PERSON), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("standing", list(Standing))
def test_a_person(standing: Standing, kind: type[PersonCommand]) -> None:
    before = with_one(standing)
    assert before.standing_of("ann") is standing
    after = PERSON.get((standing, kind))
    if after is None:
        assert kind not in {Apply, Invite, Remove}, "those are possible everywhere"
        with pytest.raises(Refusal) as refused:
            stage.apply(before, OF_PERSON[kind], NOW)
        assert refused.value.code == ErrorCode.WRONG_STATE
        assert (refused.value.facts["state"], refused.value.facts["reason"]) == (standing.value, StageReason.NOT_THERE)
        return
    once = do(before, OF_PERSON[kind])
    assert once.standing_of("ann") is after
    assert do(once, OF_PERSON[kind]) is once, "a repeat changes nothing more"


def seat_in(status: SeatStatus) -> StageState:
    """A stage whose first seat is like this; a reservation is for somebody else."""
    ways: dict[SeatStatus, tuple[Command, ...]] = {
        SeatStatus.FREE: (),
        SeatStatus.LOCKED: (Lock(1),),
        SeatStatus.RESERVED: (Reserve(1, ANN),),
        SeatStatus.HELD: (Invite(person("bob"), VIDEO, HOST),),
        SeatStatus.TAKEN: (Apply(person("bob"), VIDEO), Accept("bob")),
    }
    return do(make_stage(), *ways[status])


@pytest.mark.parametrize("kind", list(OF_SEAT), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("status", list(SeatStatus))
def test_a_seat(status: SeatStatus, kind: type[SeatCommand]) -> None:
    before = seat_in(status)
    assert seat_status(before, before.seats[0]) is status
    after = SEAT.get((status, kind))
    if after is None:
        with pytest.raises(Refusal) as refused:
            stage.apply(before, OF_SEAT[kind], NOW)
        assert refused.value.facts["state"] == status.value
        assert refused.value.facts["reason"] in {StageReason.LOCKED, StageReason.RESERVED, StageReason.TAKEN}
        return
    once = do(before, OF_SEAT[kind])
    assert seat_status(once, once.seats[0]) is after
    assert do(once, OF_SEAT[kind]) is once


@pytest.mark.parametrize("kind", list(OF_STAGE), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("status", list(StageStatus))
def test_the_whole(status: StageStatus, kind: type[StageCommand]) -> None:
    ways: dict[StageStatus, tuple[Command, ...]] = {
        StageStatus.OPEN: (),
        StageStatus.CLOSED: (Configure(applications=False),),
        StageStatus.ENDED: (End(4),),
    }
    before = do(make_stage(), *ways[status])
    assert before.status is status
    after = STAGE.get((status, kind))
    if after is None:
        with pytest.raises(Refusal) as refused:
            stage.apply(before, OF_STAGE[kind][0], NOW)
        assert refused.value.facts["reason"] == StageReason.ENDED
        return
    assert after in {do(before, command).status for command in OF_STAGE[kind]}


@pytest.mark.parametrize("command", [Apply(ANN, VIDEO), Invite(ANN, VIDEO, HOST), Lock(1), Reserve(1, ANN)])
def test_nothing_begins_on_a_stage_that_has_ended(command: Command) -> None:
    with pytest.raises(Refusal) as refused:
        stage.apply(do(make_stage(), End(4)), command, NOW)
    assert refused.value.facts["reason"] == StageReason.ENDED


def test_only_opening_makes_a_stage() -> None:
    with pytest.raises(Refusal) as refused:
        stage.apply(None, Apply(ANN, VIDEO), NOW)
    assert refused.value.code == ErrorCode.NOT_FOUND

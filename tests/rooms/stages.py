"""Stages and the people on them, as tests need them."""

from __future__ import annotations

from liveroom.realtime.catalogue import Model
from liveroom.rooms.messages.people import Person
from liveroom.rooms.messages.stage_view import StageKind, Standing
from liveroom.rooms.rules import stage
from liveroom.rooms.rules.stage_commands import Accept, Apply, Command, Gone, Invite, Open
from liveroom.rooms.rules.stage_options import StageOptions
from liveroom.rooms.rules.stage_state import StageState
from tests.rooms.builders import HOST, NOW

AUDIO, VIDEO = StageKind.AUDIO, StageKind.VIDEO
ROOM = "demo"


def person(user_id: str) -> Person:
    """Somebody."""
    return Person(id=user_id, name=user_id.title())


def options(seats: int = 2, *, auto: bool = False, waiting: int = 3, turn_s: int = 0) -> StageOptions:
    """A small stage with short times."""
    return StageOptions(
        seats=seats,
        kinds=(AUDIO, VIDEO),
        auto=auto,
        waiting=waiting,
        apply_s=100,
        invite_s=30,
        keep_s=20,
        turn_s=turn_s,
        rest_s=60,
    )


def make_stage(opts: StageOptions | None = None) -> StageState:
    """An empty one."""
    state, _ = stage.apply(None, Open(ROOM, opts or options(), 1), NOW)
    return state


def do(state: StageState, *commands: Command, now_ms: int = NOW) -> StageState:
    """The state after some commands."""
    for command in commands:
        state, _ = stage.apply(state, command, now_ms)
    return state


def told(state: StageState, command: Command, now_ms: int = NOW) -> tuple[StageState, list[Model]]:
    """The state and the events of one command."""
    after, events = stage.apply(state, command, now_ms)
    return after, list(events)


def with_one(standing: Standing, user_id: str = "ann") -> StageState:
    """A stage on which somebody has this standing."""
    applied = Apply(person(user_id), VIDEO, "hi")
    ways: dict[Standing, tuple[Command, ...]] = {
        Standing.ABSENT: (),
        Standing.WAITING: (applied,),
        Standing.INVITED: (Invite(person(user_id), VIDEO, HOST),),
        Standing.SEATED: (applied, Accept(user_id)),
        Standing.AWAY: (applied, Accept(user_id), Gone(user_id, NOW)),
    }
    return do(make_stage(), *ways[standing])

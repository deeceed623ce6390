"""What is possible when on the stage: three tables, for a person, for a seat, and for the whole.

Promise: the tables are the whole machine. A pair that is not in its table is refused, and the refusal says what is
the case. Where a pair can lead to two states the table has the usual one, and `MORE` the other.
"""

from __future__ import annotations

from collections.abc import Mapping

from liveroom.rooms.messages.stage_view import SeatStatus, StageStatus, Standing
from liveroom.rooms.rules.stage_commands import (
    Accept,
    Agree,
    Allow,
    Apply,
    Came,
    Cancel,
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

ABSENT, WAITING, INVITED = Standing.ABSENT, Standing.WAITING, Standing.INVITED
SEATED, AWAY = Standing.SEATED, Standing.AWAY

_ON_A_SEAT: Mapping[type[PersonCommand], Standing] = {
    Apply: SEATED,
    Accept: SEATED,
    Invite: SEATED,
    Agree: SEATED,
    Leave: ABSENT,
    Remove: ABSENT,
    Move: SEATED,
    Switch: SEATED,
    Allow: SEATED,
    SetTurn: SEATED,
    Gone: AWAY,
    Came: SEATED,
}
PERSON: dict[tuple[Standing, type[PersonCommand]], Standing] = {
    (ABSENT, Apply): WAITING,
    (ABSENT, Cancel): ABSENT,
    (ABSENT, Refuse): ABSENT,
    (ABSENT, Invite): INVITED,
    (ABSENT, Decline): ABSENT,
    (ABSENT, Withdraw): ABSENT,
    (ABSENT, Leave): ABSENT,
    (ABSENT, Remove): ABSENT,
    (ABSENT, Gone): ABSENT,
    (ABSENT, Came): ABSENT,
    (WAITING, Apply): WAITING,
    (WAITING, Cancel): ABSENT,
    (WAITING, Accept): SEATED,
    (WAITING, Refuse): ABSENT,
    (WAITING, Invite): SEATED,
    (WAITING, Remove): ABSENT,
    (WAITING, Gone): WAITING,
    (WAITING, Came): WAITING,
    (INVITED, Apply): SEATED,
    (INVITED, Invite): INVITED,
    (INVITED, Agree): SEATED,
    (INVITED, Decline): ABSENT,
    (INVITED, Withdraw): ABSENT,
    (INVITED, Remove): ABSENT,
    (INVITED, Gone): INVITED,
    (INVITED, Came): INVITED,
    **{(SEATED, command): after for command, after in _ON_A_SEAT.items()},
    **{
        (AWAY, command): AWAY if after is SEATED and command is not Came else after
        for command, after in _ON_A_SEAT.items()
    },
}
"""Where a command leads somebody; the same state where it has taken effect already."""

FREE, LOCKED, RESERVED = SeatStatus.FREE, SeatStatus.LOCKED, SeatStatus.RESERVED
HELD, TAKEN = SeatStatus.HELD, SeatStatus.TAKEN
SEAT: dict[tuple[SeatStatus, type[SeatCommand]], SeatStatus] = {
    (FREE, Lock): LOCKED,
    (FREE, Unlock): FREE,
    (FREE, Reserve): RESERVED,
    (LOCKED, Lock): LOCKED,
    (LOCKED, Unlock): FREE,
    (RESERVED, Unlock): FREE,
    (RESERVED, Reserve): RESERVED,
}
OPEN, CLOSED, ENDED = StageStatus.OPEN, StageStatus.CLOSED, StageStatus.ENDED
STAGE: dict[tuple[StageStatus, type[StageCommand]], StageStatus] = {
    (OPEN, Open): OPEN,
    (OPEN, Configure): CLOSED,
    (OPEN, End): ENDED,
    (CLOSED, Open): CLOSED,
    (CLOSED, Configure): OPEN,
    (CLOSED, End): ENDED,
    (ENDED, Open): OPEN,
    (ENDED, End): ENDED,
}

PERSON_WORDS: dict[type[PersonCommand], str] = {
    Apply: "applies",
    Cancel: "cancels",
    Accept: "is accepted",
    Refuse: "is refused",
    Invite: "is invited",
    Agree: "says yes",
    Decline: "says no",
    Withdraw: "the invitation is taken back",
    Leave: "leaves",
    Remove: "is removed",
    Move: "is moved",
    Switch: "switches devices",
    Allow: "devices are allowed or not",
    SetTurn: "the turn is set",
    Gone: "the connection drops",
    Came: "is back",
}
SEAT_WORDS: dict[type[SeatCommand], str] = {Lock: "lock", Unlock: "unlock", Reserve: "reserve"}
STAGE_WORDS: dict[type[StageCommand], str] = {
    Open: "somebody uses it",
    Configure: "applications on or off",
    End: "the room ends",
}
MORE: tuple[tuple[Standing, str, Standing], ...] = (
    (ABSENT, "applies, and has a seat at once", SEATED),
    (WAITING, "is next by itself", SEATED),
    (WAITING, "the application expires", ABSENT),
    (INVITED, "the invitation expires", ABSENT),
    (SEATED, "the turn is over", ABSENT),
    (AWAY, "the seat is kept no longer", ABSENT),
)
SEAT_MORE: tuple[tuple[SeatStatus, str, SeatStatus], ...] = (
    (FREE, "somebody sits down", TAKEN),
    (FREE, "somebody is invited", HELD),
    (RESERVED, "the person it is for sits down", TAKEN),
    (RESERVED, "the person it is for is invited", HELD),
    (HELD, "says yes", TAKEN),
    (HELD, "the invitation is over", FREE),
    (HELD, "the invitation is over and the seat is still reserved", RESERVED),
    (TAKEN, "the guest is gone", FREE),
)

"""The record of a show as a document, with what is told when it is closed."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from liveroom.rooms.machines import Machine, Step
from liveroom.rooms.machines.contract import ForServers
from liveroom.rooms.rules import show_record
from liveroom.rooms.rules.highlights import view
from liveroom.rooms.rules.show_record import ENDED, Record


def _apply(state: Record | None, command: Any, now_ms: int) -> Step[Record]:
    if state is None:
        return Step(show_record.begin(command))
    after = show_record.apply(state, command)
    if after.status is ENDED is not state.status:
        told = view(after).model_dump(mode="json", exclude_none=True)
        return Step(after, (ForServers(after.room, "show.summarised", told),))
    return Step(after)


RECORD: Machine[Record] = Machine(
    "show_record", TypeAdapter(Record), _apply, lambda state: None, lambda state: state.room
)

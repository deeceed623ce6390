"""The record of a show as a document, with what is told when it is closed."""

from __future__ import annotations

from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from liveroom.rooms.errors import DocumentUnreadable
from liveroom.rooms.machines import Machine, Step
from liveroom.rooms.machines.contract import ForServers
from liveroom.rooms.rules import show_record
from liveroom.rooms.rules.highlights import view
from liveroom.rooms.rules.show_record import ENDED, Record
from liveroom.rooms.storage.documents import Document

KIND = "show_record"


def _apply(state: Record | None, command: Any, now_ms: int) -> Step[Record]:
    if state is None:
        return Step(show_record.begin(command))
    after = show_record.apply(state, command)
    if after.status is ENDED is not state.status:
        told = view(after).model_dump(mode="json", exclude_none=True)
        return Step(after, (ForServers(after.room, "show.summarised", told),))
    return Step(after)


RECORD: Machine[Record] = Machine(KIND, TypeAdapter(Record), _apply, lambda state: None, lambda state: state.room)


def read_record(document: Document) -> Record:
    """A stored record.

    Raises:
        DocumentUnreadable: it was written by another version.
    """
    try:
        return RECORD.states.validate_json(orjson.dumps(document.state))
    except ValidationError:
        raise DocumentUnreadable(KIND, document.id) from None

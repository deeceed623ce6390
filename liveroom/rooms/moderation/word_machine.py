"""The document of a room's word list, with what is told and filed of each change."""

from __future__ import annotations

from pydantic import TypeAdapter

from liveroom.rooms.machines.contract import Machine, Step
from liveroom.rooms.moderation.node_news import node_message
from liveroom.rooms.moderation.orders import Order
from liveroom.rooms.rules import word_list
from liveroom.rooms.rules.word_list import Add, WordList
from liveroom.rooms.storage.audit import Entry, audit_message

CHANGED = "words_changed"


def apply(state: WordList | None, order: Order[word_list.Command], now_ms: int) -> Step[WordList]:
    """See `Machine.apply`."""
    before = state or WordList(order.room)
    after = word_list.apply(before, order.command)
    if after is before:
        return Step(before)
    facts: dict[str, object] = {"words": list(order.command.words)}
    if isinstance(order.command, Add):
        facts["action"] = order.command.action.value
    entry = Entry(now_ms, order.who, order.role, order.name, None, facts)
    return Step(after, (audit_message(order.room, entry), node_message(order.room, CHANGED, order.room)))


WORDS: Machine[WordList] = Machine(
    "words", TypeAdapter(WordList), apply, due=lambda state: None, room=lambda state: state.room
)

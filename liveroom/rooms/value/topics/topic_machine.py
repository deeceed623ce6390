"""Topics as documents, and what is told of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.realtime.catalogue import catalogue
from liveroom.rooms.boards import Entries
from liveroom.rooms.machines.contract import Elapse as Clock
from liveroom.rooms.machines.contract import ForRoom, ForServers, ForTotals, Machine, Reader, Step, Told
from liveroom.rooms.messages.topic import TopicChanged, TopicsHeat, TopicTally
from liveroom.rooms.rules import topic
from liveroom.rooms.rules.topic_state import CLOSED, OPEN, Close, Elapse, TopicState
from liveroom.rooms.value.polls.poll_machine import count_scope

KIND = "topic"
STANDS = catalogue.kinds_by_model[TopicsHeat].kind
FIELD = "topics"


class Ask(NamedTuple):
    """Make a topic."""

    draft: TopicState


def scope_of(topic_id: str) -> str:
    """What the facts and counters of a topic have in common."""
    return f"{KIND}:{topic_id}"


def topic_of_scope(scope: str) -> str:
    """The topic that a scope belongs to."""
    return scope.removeprefix(f"{KIND}:")


def apply(state: TopicState | None, command: Any, now_ms: int) -> Step[TopicState]:
    """The rule, with what is told of each step."""
    if state is None:
        made = topic.create(command.draft)
        return Step(made, _tell(made, None))
    after = topic.apply(state, Elapse({}) if isinstance(command, Clock) else command, now_ms)
    return Step(after, _tell(after, state) if after is not state else ())


def reads(state: TopicState, command: Any, now_ms: int) -> Reader | None:
    """What was counted, for a command that closes the topic."""
    kind: type[Any] = Elapse if isinstance(command, Clock) else type(command)
    if not topic.asks_counts(state, kind, now_ms):
        return None

    async def read(connection: AsyncConnection) -> Close | Elapse:
        counted = await count_scope(connection, scope_of(state.id))
        return Close(counted, command.said) if isinstance(command, Close) else Elapse(counted)

    return read


TOPIC: Machine[TopicState] = Machine(
    KIND, TypeAdapter(TopicState), apply, lambda state: state.due_at_ms, lambda state: state.room, reads
)


def stand(state: TopicState, tally: TopicTally) -> Entries:
    """How a topic stands, for the board; of one that is closed only that it has changed."""
    moves = tally.comments + sum(tally.opinions.values()) + (1 if state.status is OPEN else 2)
    if state.status is not OPEN:
        return {state.id: {"n": moves}}
    return {state.id: tally.model_dump(mode="json") | {"n": moves}}


def _tell(after: TopicState, before: TopicState | None) -> list[Told]:
    told: list[Told] = [ForRoom(after.room, TopicChanged(topic=after.view()))]
    if before is None or before.status is OPEN:
        told.append(ForTotals(after.room, STANDS, FIELD, stand(after, after.summary or TopicTally())))
    if after.status is CLOSED:
        told.append(ForServers(after.room, "topic.closed", _report(after)))
    return told


def _report(state: TopicState) -> Mapping[str, object]:
    kept = {"id", "text", "opinions", "opened_at", "closed_at", "summary"}
    told = state.view().model_dump(mode="json", exclude_none=True, include=kept)
    return {"topic": told.pop("id"), **told}

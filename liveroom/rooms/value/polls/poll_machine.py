"""Polls as documents, and what is told of them.

Promise: a result is read and kept while the document is locked; a vote looks at the document under the same lock, so
what was counted is in the result and what comes later is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.realtime.catalogue import catalogue
from liveroom.rooms.boards import Entries
from liveroom.rooms.machines.contract import Elapse as Clock
from liveroom.rooms.machines.contract import ForRoom, ForServers, ForTotals, Machine, Reader, Step, Told
from liveroom.rooms.messages.poll import PollChanged, PollsStand, Tally
from liveroom.rooms.rules import poll
from liveroom.rooms.rules.poll_state import CLOSED, OPEN, SETTLED, Close, Elapse, PollState
from liveroom.rooms.storage.tables import counters

KIND = "poll"
VOTES = catalogue.kinds_by_model[PollsStand].kind
FIELD = "polls"

_OF_SCOPE = select(counters.c.name, counters.c.value).where(counters.c.scope == bindparam("scope_is"))


class Ask(NamedTuple):
    """Make a poll."""

    draft: PollState


def scope_of(poll_id: str) -> str:
    """What the votes and counters of a poll have in common."""
    return f"{KIND}:{poll_id}"


def poll_of_scope(scope: str) -> str:
    """The poll that a scope belongs to."""
    return scope.removeprefix(f"{KIND}:")


async def count_scope(connection: AsyncConnection, scope: str) -> Mapping[str, int]:
    """All counters of a scope, by name."""
    return {name: value for name, value in await connection.execute(_OF_SCOPE, {"scope_is": scope})}


def apply(state: PollState | None, command: Any, now_ms: int) -> Step[PollState]:
    """The rule, with what is told of each step."""
    if state is None:
        made = poll.create(command.draft)
        return Step(made, _tell(made, None))
    after = poll.apply(state, Elapse({}) if isinstance(command, Clock) else command, now_ms)
    return Step(after, _tell(after, state) if after is not state else ())


def reads(state: PollState, command: Any, now_ms: int) -> Reader | None:
    """The votes, for a command that closes the poll."""
    kind: type[Any] = Elapse if isinstance(command, Clock) else type(command)
    if not poll.asks_votes(state, kind, now_ms):
        return None

    async def read(connection: AsyncConnection) -> Close | Elapse:
        made: Close | Elapse = kind(await count_scope(connection, scope_of(state.id)))
        return made

    return read


POLL: Machine[PollState] = Machine(
    KIND, TypeAdapter(PollState), apply, lambda state: state.due_at_ms, lambda state: state.room, reads
)


def stand(state: PollState, tally: Tally) -> Entries:
    """How a poll stands, for the board; of one that is closed or secret only that it has changed."""
    moves = tally.voters + (1 if state.status is OPEN else 2)
    if state.secret or state.status is not OPEN:
        return {state.id: {"n": moves}}
    return {state.id: {"votes": dict(tally.votes), "voters": tally.voters, "n": moves}}


def _tell(after: PollState, before: PollState | None) -> list[Told]:
    told: list[Told] = [ForRoom(after.room, PollChanged(poll=after.view()))]
    if before is None or before.status is OPEN:
        told.append(ForTotals(after.room, VOTES, FIELD, stand(after, after.result or Tally())))
    if before is not None and before.status is OPEN and after.result is not None:
        told.append(ForServers(after.room, "poll.closed", _report(after)))
    elif before is not None and before.status is CLOSED and after.status is SETTLED:
        told.append(ForServers(after.room, "poll.settled", _report(after)))
    return told


def _report(state: PollState) -> Mapping[str, object]:
    view = replace(state, audience=type(state.audience)()).view()
    told = view.model_dump(mode="json", exclude_none=True, exclude={"audience", "version", "status", "secret", "picks"})
    return {"poll": told.pop("id"), **told}

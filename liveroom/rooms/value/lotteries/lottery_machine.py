"""Lotteries as documents, and what is told of them.

Promise: entries are counted, and later drawn from, while the document is locked; an entry looks at the document under
the same lock, so it is in the draw or it was refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.realtime.backplane.base import Target
from liveroom.realtime.catalogue import catalogue
from liveroom.rooms.boards import Entries
from liveroom.rooms.machines.contract import Elapse as Clock
from liveroom.rooms.machines.contract import ForRoom, ForServers, ForSome, ForTotals, Machine, Reader, Step, Told
from liveroom.rooms.messages.lottery import LotteryChanged, LotteryEntries, LotteryWon, Winner
from liveroom.rooms.messages.people import Person
from liveroom.rooms.rules import draw, lottery
from liveroom.rooms.rules.lottery_state import DRAWN, OPEN, Draw, Drawn, Elapse, LotteryState
from liveroom.rooms.storage.tables import counters
from liveroom.rooms.value.lotteries.entry_rows import EntryRow, fill_urn, find_winners, read_entries

KIND = "lottery"
ENTRIES = catalogue.kinds_by_model[LotteryEntries].kind
FIELD = "lotteries"
ENTERED = "entered"
"""Name of the counter."""

_COUNT = select(counters.c.value).where(counters.c.scope == bindparam("scope_is"), counters.c.name == ENTERED)


class Announce(NamedTuple):
    """Make a lottery."""

    draft: LotteryState


def scope_of(lottery_id: str) -> str:
    """What the entries and the counter of a lottery have in common."""
    return f"{KIND}:{lottery_id}"


def lottery_of_scope(scope: str) -> str:
    """The lottery that a scope belongs to."""
    return scope.removeprefix(f"{KIND}:")


async def count_entries(connection: AsyncConnection, lottery_id: str) -> int:
    """How many have entered."""
    found = (await connection.execute(_COUNT, {"scope_is": scope_of(lottery_id)})).scalar()
    return 0 if found is None else int(found)


def apply(state: LotteryState | None, command: Any, now_ms: int) -> Step[LotteryState]:
    """The rule, with what is told of each step."""
    if state is None:
        made = lottery.create(command.draft)
        return Step(made, _tell(made, None))
    after = lottery.apply(state, Elapse() if isinstance(command, Clock) else command, now_ms)
    return Step(after, _tell(after, state) if after is not state else ())


def reads(state: LotteryState, command: Any, now_ms: int) -> Reader | None:
    """The number of entries, for a command after which there are no more; the winners, for the one that tells them."""
    kind: type[Any] = Elapse if isinstance(command, Clock) else type(command)

    async def count(connection: AsyncConnection) -> Draw | Elapse:
        made: Draw | Elapse = kind(await count_entries(connection, state.id))
        return made

    async def pick(connection: AsyncConnection) -> Elapse:
        return Elapse(drawn=await _draw(connection, state))

    if lottery.asks_entries(state, kind, now_ms):
        return count
    return pick if lottery.asks_winners(state, kind, now_ms) else None


async def _draw(connection: AsyncConnection, state: LotteryState) -> Drawn:
    rows = await read_entries(connection, scope_of(state.id))
    urn = await fill_urn(rows)
    numbers = await find_winners(state.id, state.seed, urn, draw.places(state.prizes))
    return Drawn(
        urn.entries_hash,
        tuple(_winner(prize, rows[number - 1]) for prize, number in draw.hand_out(state.prizes, numbers)),
    )


def _winner(prize: int, row: EntryRow) -> Winner:
    user = Person(id=row.user_id, name=row.entry.name)
    return Winner(prize=prize, number=row.entry.number, ticket=row.entry.ticket, user=user)


LOTTERY: Machine[LotteryState] = Machine(
    KIND, TypeAdapter(LotteryState), apply, lambda state: state.due_at_ms, lambda state: state.room, reads
)


def stand(state: LotteryState, entered: int) -> Entries:
    """How many have entered, for the board; of one that is not open only that it has changed."""
    if state.status is not OPEN:
        return {state.id: {"n": entered + 2}}
    return {state.id: {"entries": entered, "n": entered + 1}}


def _tell(after: LotteryState, before: LotteryState | None) -> list[Told]:
    told: list[Told] = [ForRoom(after.room, LotteryChanged(lottery=after.view()))]
    if before is None or before.status is OPEN:
        told.append(ForTotals(after.room, ENTRIES, FIELD, stand(after, after.entries or 0)))
    if after.status is DRAWN and after.winners is not None and (before is None or before.status is not DRAWN):
        told.append(ForServers(after.room, "lottery.drawn", _report(after)))
        told += [_win(after, winner) for winner in after.winners]
    return told


def _win(state: LotteryState, winner: Winner) -> ForSome:
    prize = state.prizes[winner.prize].name
    won = LotteryWon(lottery=state.id, title=state.title, prize=prize, number=winner.number)
    return ForSome(state.room, Target(user_id=winner.user.id), won)


def _report(state: LotteryState) -> Mapping[str, object]:
    kept = {"id", "title", "prizes", "opened_at", "ends_at", "commitment", "entries", "entries_hash", "seed", "winners"}
    told = state.view().model_dump(mode="json", exclude_none=True, include=kept)
    return {"lottery": told.pop("id"), **told}

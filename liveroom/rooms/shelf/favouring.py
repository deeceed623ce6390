"""The decider of favourites: one for each viewer and show; another tap moves it (L26).

Promise: the tally of a show is the number of people whose last fact names each product, counted in the transaction of
the tap; so it can be made again from the facts, in a show that is not older than they are kept (`lifetimes.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, cast

import orjson
from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.wire import encode_value
from liveroom.rooms.committed_latest import latest_message
from liveroom.rooms.errors import Refusal
from liveroom.rooms.ledger import Decider, Decision, Fact, Loaded, Needs, Verdict
from liveroom.rooms.ledger.decider import CounterKey
from liveroom.rooms.messages.favour import MOST_TOLD, FavourAck, FavouritesCounted
from liveroom.rooms.messages.shelf import ProductStatus
from liveroom.rooms.shelf.machines import PRODUCT, document_id
from liveroom.rooms.storage.outbox import Message
from liveroom.rooms.storage.portable import DialectName, among, among_pairs, pairs_parameter
from liveroom.rooms.storage.rooms import KIND as ROOM
from liveroom.rooms.storage.tables import counters, facts

FAVOUR = "product.favour"
MOVES = " moves"
"""Counts the changes of a tally; no product is called so."""
Pair = tuple[str, str]
Tallies = Mapping[str, Mapping[str, int]]
"""Counters by scope, then product."""


def favours_scope(room: str, show: str) -> str:
    """The scope of the favourites of a show."""
    return f"favours:{room}:{show}"


def favour_fact(room: str, show: str, user_id: str, key: str, product: str, now_ms: int) -> Fact:
    """The wish that a product be somebody's favourite."""
    body = orjson.dumps({"product": product})
    return Fact(FAVOUR, room, favours_scope(room, show), user_id, key, body, now_ms, (show, product))


class _Own(NamedTuple):
    """What is loaded: the tallies, and whose favourite is what, by scope and user."""

    tallies: Tallies
    picks: Mapping[Pair, str]


class FavourDecider(Decider):
    """`product.favour`. The context of a fact is its show and product."""

    def __init__(self, dialect: DialectName) -> None:
        self._dialect = dialect
        self._tallies = select(counters).where(among(counters.c.scope, "scopes", dialect))
        newest = (
            select(func.max(facts.c.id))
            .where(facts.c.kind == bindparam("kind_is"))
            .where(among_pairs((facts.c.scope, facts.c.subject), "people", dialect))
            .group_by(facts.c.scope, facts.c.subject)
        )
        self._picks = select(facts.c.scope, facts.c.subject, facts.c.payload).where(facts.c.id.in_(newest))

    def needs(self, batch: Sequence[Fact]) -> Needs:
        """The rooms, since a tap belongs to the show that runs, and the products."""
        wanted = {(PRODUCT.kind, document_id(fact.room, _product(fact))) for fact in batch}
        return Needs(documents=frozenset(wanted | {(ROOM, fact.room) for fact in batch}))

    async def load(self, connection: AsyncConnection, batch: Sequence[Fact]) -> _Own:
        """The tallies of the shows, and what each viewer has picked before."""
        tallies = await self.read(connection, {fact.scope for fact in batch})
        people = pairs_parameter("people", {(fact.scope, fact.subject) for fact in batch}, self._dialect)
        rows = await connection.execute(self._picks, people | {"kind_is": FAVOUR})
        return _Own(tallies, {(scope, subject): orjson.loads(body)["product"] for scope, subject, body in rows})

    async def read(self, connection: AsyncConnection, scopes: Collection[str]) -> Tallies:
        """The tallies of some shows."""
        found: dict[str, dict[str, int]] = {scope: {} for scope in scopes}
        for scope, name, value in await connection.execute(self._tallies, {"scopes": list(found)}):
            found[scope][name] = value
        return found

    def decide(self, batch: Sequence[Fact], loaded: Loaded, now_ms: int) -> Decision:
        """Move favourites in their order."""
        books: dict[str, _Book] = {}
        verdicts: list[Verdict | Refusal] = []
        for fact in batch:
            book = books.setdefault(fact.scope, _Book(fact, loaded))
            try:
                verdicts.append(book.rule(fact, loaded))
            except Refusal as refused:
                verdicts.append(refused)
        changes: Counter[CounterKey] = Counter()
        for book in books.values():
            changes.update(book.changes)
        told = [message for book in books.values() for message in book.messages()]
        return Decision(verdicts, counters=changes, messages=told)


class _Book:
    """The favourites of a show while a batch is ruled on."""

    def __init__(self, fact: Fact, loaded: Loaded) -> None:
        own = cast(_Own, loaded.own)
        document = loaded.documents.get((ROOM, fact.room))
        show = document.state.get("show") if document is not None else None
        self._room, self._scope, self._show = fact.room, fact.scope, _show(fact)
        self._started_at: int | None = show["started_at"] if show and show["id"] == self._show else None
        self._before = own.tallies[fact.scope]
        self._tally = Counter(self._before)
        self._picks = {user: product for (scope, user), product in own.picks.items() if scope == fact.scope}

    def rule(self, fact: Fact, loaded: Loaded) -> Verdict:
        """One tap."""
        product = _product(fact)
        document = loaded.documents.get((PRODUCT.kind, document_id(fact.room, product)))
        if self._started_at is None:
            raise Refusal(ErrorCode.WRONG_STATE, "the show of this tap is over", state="not_live")
        if document is None or document.state["status"] != ProductStatus.ON:
            raise Refusal(ErrorCode.NOT_FOUND, "there is no product of this id on the shelf", field="product")
        before = self._picks.get(fact.subject)
        if before != product:
            if before is not None:
                self._tally[before] -= 1
            self._tally[product] += 1
            self._tally[MOVES] += 1
            self._picks[fact.subject] = product
        # A tap on what is the favourite already is no fact: only the last one that moved it counts.
        return Verdict(
            encode_value(FavourAck(product=product, favourites=self._tally[product])), keep=before != product
        )

    @property
    def changes(self) -> Mapping[CounterKey, int]:
        """What to add to the counters."""
        return {(self._scope, name): value - self._before.get(name, 0) for name, value in self._tally.items()}

    def messages(self) -> Sequence[Message]:
        """The tally, when it has changed."""
        if self._started_at is None or self._tally[MOVES] == self._before.get(MOVES, 0):
            return []
        value = count_favourites(self._show, self._tally)
        return [latest_message(self._room, value, (self._started_at, self._tally[MOVES]))]


def count_favourites(show: str, tally: Mapping[str, int]) -> FavouritesCounted:
    """The tally as everybody sees it."""
    picked = [(name, count) for name, count in tally.items() if count > 0 and name != MOVES]
    picked.sort(key=lambda each: (-each[1], each[0]))
    return FavouritesCounted(show_id=show, products=dict(picked[:MOST_TOLD]))


def _show(fact: Fact) -> str:
    return cast(tuple[str, str], fact.context)[0]


def _product(fact: Fact) -> str:
    return cast(tuple[str, str], fact.context)[1]

"""Counts what comes together under topics: comments in bunches, opinions person by person.

Promise: an opinion counts once for each person, whatever they say and on which node; nothing is counted under a topic
that is closed, so its summary is what was counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from liveroom.rooms.boards import total_message
from liveroom.rooms.errors import Refusal
from liveroom.rooms.ledger import Decider, Decision, Fact, Loaded, Needs, Verdict
from liveroom.rooms.machines import read_state
from liveroom.rooms.messages.topic import Said
from liveroom.rooms.rules import topic
from liveroom.rooms.rules.topic_heat import COMMENTS, HEAT, HEAT_AT, warm
from liveroom.rooms.rules.topic_state import LETTERS, OPEN, TopicState
from liveroom.rooms.storage.outbox import Message
from liveroom.rooms.value.topics.topic_machine import FIELD, KIND, STANDS, TOPIC, stand, topic_of_scope

OPINION = "topic.opinion"
"""One person's; its body is `{"opinion"}`."""
BUNCH = "topic.comments"
"""Comments that a node has heard in a second; its body is `{"comments"}`."""
NAMES = (*LETTERS, COMMENTS, HEAT, HEAT_AT)


@dataclass(slots=True)
class _Book:
    """A topic while a batch is counted. `said`: as the last node that told has heard it."""

    scope: str
    state: TopicState
    before: dict[str, int]
    counted: dict[str, int]
    said: tuple[Said, ...] = ()


class TalkDecider(Decider):
    """`topic.opinion` and `topic.comments`. The scope of their facts is that of the topic, their context what was said
    most often there."""

    def needs(self, facts: Sequence[Fact]) -> Needs:
        """The topics and their counters."""
        scopes = {fact.scope for fact in facts}
        return Needs(
            documents=frozenset((KIND, topic_of_scope(scope)) for scope in scopes),
            counters=frozenset((scope, name) for scope in scopes for name in NAMES),
        )

    def decide(self, facts: Sequence[Fact], loaded: Loaded, now_ms: int) -> Decision:
        """Count in order."""
        books = {scope: _open_book(scope, loaded) for scope in {fact.scope for fact in facts}}
        verdicts: list[Verdict | Refusal] = [_count(fact, books[fact.scope], now_ms) for fact in facts]
        counted = [book for book in books.values() if book is not None and book.counted != book.before]
        changes = {
            (book.scope, name): value - book.before[name] for book in counted for name, value in book.counted.items()
        }
        return Decision(verdicts, changes, messages=[_tell(book, now_ms) for book in counted])


def _open_book(scope: str, loaded: Loaded) -> _Book | None:
    document = loaded.documents.get((KIND, topic_of_scope(scope)))
    if document is None:
        return None
    before = {name: loaded.counters[(scope, name)] for name in NAMES}
    return _Book(scope, read_state(TOPIC, document), before, dict(before))


def _count(fact: Fact, book: _Book | None, now_ms: int) -> Verdict:
    if book is None or book.state.room != fact.room or book.state.status is not OPEN:
        return Verdict(b'{"counted":false}', keep=False)
    if isinstance(fact.context, tuple):
        book.said = fact.context
    told = orjson.loads(fact.body)
    if fact.kind == OPINION:
        book.counted[told["opinion"]] += 1
    else:
        book.counted[COMMENTS] += told["comments"]
        heat, at_ms = warm(book.counted[HEAT], book.counted[HEAT_AT], told["comments"], now_ms)
        book.counted[HEAT], book.counted[HEAT_AT] = heat, at_ms
    return Verdict(b'{"counted":true}')


def _tell(book: _Book, now_ms: int) -> Message:
    tally = topic.read_tally(book.state, book.counted, book.said, now_ms)
    return total_message(book.state.room, STANDS, FIELD, stand(book.state, tally))

"""Which comments belong to a topic, of which opinion they are, and what is said again and again (L12).

Promise: pure; without an open topic a comment costs one look into a map. A comment of two opinions is of none.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from liveroom.rooms.messages.topic import MOST_SAID, SAID_CHARS, Said
from liveroom.rooms.rules.keywords import fold
from liveroom.rooms.rules.parts import Json, Views
from liveroom.rooms.rules.text import shorten
from liveroom.rooms.rules.topic_state import LETTERS, OPEN

KEPT = 200
"""Different things that are counted at the same time."""


class Under(NamedTuple):
    """The topic a comment belongs to, and its opinion, if it has one."""

    topic: str
    opinion: str | None


def group(topics: Views, wanted: str | None, text: str) -> Under | None:
    """Where a comment belongs: under the open topic, if its author says so or it has an opinion on it.

    Args:
        topics: as the snapshot shows them, by id.
        wanted: the topic that the author answers.
    """
    is_open = [view for view in topics.values() if view["status"] == OPEN.value]
    if not is_open:
        return None
    view = max(is_open, key=lambda each: (each["opened_at"], each["id"]))
    opinion = find_opinion(view, text)
    return Under(view["id"], opinion) if opinion is not None or wanted == view["id"] else None


def find_opinion(view: Json, text: str) -> str | None:
    """The opinion of a comment; None: none, or more than one."""
    said = fold(text)
    found: dict[str, str] = {}
    for letter, opinion in zip(LETTERS, view.get("opinions", ()), strict=False):
        words = map(_fold_word, (opinion["text"], *opinion.get("words", ())))
        found |= {word: letter for word in words if word in said}
    # «Not nice» has «nice» in it, and means the other thing.
    held = {letter for word, letter in found.items() if not any(word in other and word != other for other in found)}
    return held.pop() if len(held) == 1 else None


@lru_cache(maxsize=1_024)
def _fold_word(word: str) -> str:
    """A word of an opinion, which is looked for in every comment."""
    return fold(word)


class Refrain:
    """Counts what is said again and again; of very much only what is said most is certain."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._first: dict[str, str] = {}

    def add(self, text: str) -> None:
        """Something was said."""
        key = fold(text)
        if not key:
            return
        if key not in self._counts and len(self._counts) >= KEPT:
            # The one said least gives up its place and its count: a lasting newcomer rises, a passing one goes again.
            least = min(self._counts, key=self._counts.__getitem__)
            self._counts[key] = self._counts.pop(least)
            del self._first[least]
        self._counts[key] = self._counts.get(key, 0) + 1
        self._first.setdefault(key, shorten(text.replace("\n", " "), SAID_CHARS))

    def top(self) -> tuple[Said, ...]:
        """What was said most often, at least twice."""
        best = sorted(self._counts, key=lambda key: (-self._counts[key], key))[:MOST_SAID]
        return tuple(Said(text=self._first[key], count=self._counts[key]) for key in best if self._counts[key] > 1)

"""The same words by many, counted instead of shown (L9): ×N beside the first one.

What differs in spacing, capitals, punctuation or in how often it is repeated ("666", "66666") is the same. The first
`SHOWN` are shown; what comes after them within the time is counted, also what comes in the same moment, before the
first is told. Promise: bounded; nothing is lost of the count but with the process; who says something else is always
shown; nothing is counted with a comment that could not be told.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass

from liveroom.rooms.moderation.folding import fold

SHOWN = 3
MOST = 256
KEY_CHARS = 64
TELL_MS = 500
_WHOLE = re.compile(r"(.{1,8}?)\1+", re.S)
_RUN = re.compile(r"([^\d])\1{2,}")


@dataclass(slots=True)
class _Group:
    comment_id: str
    shown: int
    at_ms: int


class Repeats:
    """The groups of one room on this node, and what was counted and is not told yet."""

    def __init__(self) -> None:
        self._groups: OrderedDict[str, _Group] = OrderedDict()
        self._expected: dict[str, list[str]] = {}
        self._counts: dict[str, int] = {}
        self.due_ms: int | None = None

    def begin(self) -> None:
        """A turn of the room begins: what the last one expected to show and did not was not told."""
        self._expected.clear()

    def find(self, key: str, fold_ms: int, now_ms: int) -> str | None:
        """The comment to count this one with; None: it is to be shown."""
        group = self._fresh(key, fold_ms, now_ms)
        expected = self._expected.get(key, [])
        if (group.shown if group else 0) + len(expected) < SHOWN:
            return None
        return group.comment_id if group else expected[0]

    def expect(self, key: str, comment_id: str) -> None:
        """A comment will be shown in this turn, unless it cannot be told."""
        self._expected.setdefault(key, []).append(comment_id)

    def note(self, key: str, comment_id: str, fold_ms: int, now_ms: int) -> None:
        """A comment was shown."""
        expected = self._expected.get(key, [])
        if comment_id in expected:
            expected.remove(comment_id)
        group = self._fresh(key, fold_ms, now_ms) or _Group(comment_id, 0, now_ms)
        group.shown += 1
        group.at_ms = now_ms
        self._groups[key] = group
        self._groups.move_to_end(key)
        if len(self._groups) > MOST:
            self._groups.popitem(last=False)

    def _fresh(self, key: str, fold_ms: int, now_ms: int) -> _Group | None:
        group = self._groups.get(key)
        return None if group is None or now_ms - group.at_ms > fold_ms else group

    def count(self, key: str, comment_id: str, now_ms: int) -> None:
        """A comment was counted with another."""
        group = self._groups.get(key)
        if group is not None:
            group.at_ms = now_ms
        self._counts[comment_id] = self._counts.get(comment_id, 0) + 1
        if self.due_ms is None:
            self.due_ms = now_ms + TELL_MS

    def take(self, now_ms: int) -> dict[str, int]:
        """What is to be told now: how many more to each comment."""
        # What is due later than anything can be was set by a clock that has been put back since.
        if self.due_ms is None or self.due_ms - TELL_MS <= now_ms < self.due_ms:
            return {}
        counts, self._counts, self.due_ms = self._counts, {}, None
        return counts

    def forget(self, comment_ids: Collection[str]) -> None:
        """Comments were removed: nothing is counted with them any more."""
        for key in [key for key, group in self._groups.items() if group.comment_id in comment_ids]:
            del self._groups[key]
        for comment_id in comment_ids:
            self._counts.pop(comment_id, None)


def key_of(text: str) -> str:
    """What two comments have in common that are the same to a reader."""
    folded = fold(text) or "".join(text.split())
    if len(folded) > KEY_CHARS:
        return folded
    whole = _WHOLE.fullmatch(folded)
    return whole[1] if whole else _RUN.sub(r"\1", folded)

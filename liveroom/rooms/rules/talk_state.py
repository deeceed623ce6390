"""What holds in a room for those who write, and what is pinned, as a document (L9, L10).

Promise: a repeat changes nothing; a comment that is removed does not stay pinned, and is not pinned any more: who pins
it may not have heard yet that it is gone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.talk import Pinned, TalkRules, TalkStatus, TalkView

MOST_REMOVED = 256
"""Ids of removed comments that are known; a removal reaches every history long before so many others follow it."""


@dataclass(frozen=True, slots=True)
class TalkState:
    """The document.

    Args:
        version: of what is seen; 0: nothing was ever set.
        removed: ids of the last comments that were removed, the newest last.
    """

    room: str
    version: int = 0
    rules: TalkRules = field(default_factory=TalkRules)
    pinned: Pinned | None = None
    removed: tuple[str, ...] = ()

    def view(self) -> TalkView:
        """As everybody sees it."""
        status = TalkStatus.MUTED if self.rules.muted_all else TalkStatus.OPEN
        return TalkView(id=self.room, version=self.version, status=status, rules=self.rules, pinned=self.pinned)


class SetRules(NamedTuple):
    """Other values for some of the rules, by name."""

    changes: Mapping[str, Any]


class Pin(NamedTuple):
    """Keep this on top."""

    pinned: Pinned


class Unpin(NamedTuple):
    """Pin nothing."""


class TakeBack(NamedTuple):
    """These comments are removed; with `user_id` also what is pinned of that user."""

    ids: Sequence[str] = ()
    user_id: str | None = None


Command = SetRules | Pin | Unpin | TakeBack


def apply(state: TalkState, command: Command) -> TalkState:
    """The state after a command; the same object when nothing is other than before.

    Raises:
        Refusal: `not_found`, what is to be pinned was removed.
    """
    if isinstance(command, SetRules):
        rules = state.rules.model_copy(update=dict(command.changes))
        return state if rules == state.rules else _next(state, rules=rules)
    if isinstance(command, TakeBack):
        return _take_back(state, command)
    if isinstance(command, Pin):
        if command.pinned.comment.id in state.removed:
            raise Refusal(ErrorCode.NOT_FOUND, "this comment was removed", field="comment_id")
        is_same = state.pinned is not None and state.pinned.comment == command.pinned.comment
        return state if is_same else _next(state, pinned=command.pinned)
    return state if state.pinned is None else _next(state, pinned=None)


def _take_back(state: TalkState, command: TakeBack) -> TalkState:
    ids, shown = list(command.ids), state.pinned.comment if state.pinned is not None else None
    if shown is not None and shown.by.id == command.user_id:
        ids.append(shown.id)
    known = frozenset(state.removed)
    new = [comment_id for comment_id in ids if comment_id not in known]
    # Nobody sees it, so the version stays.
    after = replace(state, removed=(*state.removed, *new)[-MOST_REMOVED:]) if new else state
    return _next(after, pinned=None) if shown is not None and shown.id in ids else after


def _next(state: TalkState, **changes: Any) -> TalkState:
    return replace(state, version=state.version + 1, **changes)

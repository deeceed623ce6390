"""What holds in a room for those who write, and what is pinned, as a document (L9, L10).

Promise: a repeat changes nothing; a comment that is removed does not stay pinned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from liveroom.rooms.messages.talk import Pinned, TalkRules, TalkStatus, TalkView


@dataclass(frozen=True, slots=True)
class TalkState:
    """The document. `version` 0: nothing was ever set."""

    room: str
    version: int = 0
    rules: TalkRules = field(default_factory=TalkRules)
    pinned: Pinned | None = None

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
    """Pin nothing; with `comment_id` only if that is what is pinned."""

    comment_id: str | None = None


Command = SetRules | Pin | Unpin


def apply(state: TalkState, command: Command) -> TalkState:
    """The state after a command; the same object when nothing is other than before."""
    if isinstance(command, SetRules):
        rules = state.rules.model_copy(update=dict(command.changes))
        return state if rules == state.rules else _next(state, rules=rules)
    if isinstance(command, Pin):
        is_same = state.pinned is not None and state.pinned.comment == command.pinned.comment
        return state if is_same else _next(state, pinned=command.pinned)
    if state.pinned is None or command.comment_id not in (None, state.pinned.comment.id):
        return state
    return _next(state, pinned=None)


def _next(state: TalkState, **changes: Any) -> TalkState:
    return replace(state, version=state.version + 1, **changes)

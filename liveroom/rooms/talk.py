"""Who may write in a room on this node, and what becomes of their words: rules, mutes and word lists in memory.

Promise: nothing here waits; a comment that is nobody's business costs some 15 µs. What is kept here is loaded with the
room and replaced when another node changed it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import orjson

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.identity import Role
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.comment import CommentSent
from liveroom.rooms.messages.talk import TalkRules, TalkView, Treatment
from liveroom.rooms.moderation.screen import Ruling, Screen
from liveroom.rooms.moderation.words import Action, WordFilter
from liveroom.rooms.rereading import keep_changes
from liveroom.rooms.rules import sanctions
from liveroom.rooms.rules.bans import AUDIENCE
from liveroom.rooms.rules.parts import Json
from liveroom.rooms.rules.sanctions import Kind, Sanction
from liveroom.rooms.rules.talk import Speaker, admit
from liveroom.rooms.rules.traits import Traits

if TYPE_CHECKING:
    from liveroom.rooms.room import Room

PART = "talk"
"""Of the snapshot: the view of a room under its own id."""
KINDS_OF_CONTACT: Mapping[Treatment, Action | None] = {
    Treatment.SHOW: None,
    Treatment.MASK: Action.MASK,
    Treatment.SHADOW: Action.SHADOW,
    Treatment.HOLD: Action.HOLD,
    Treatment.BLOCK: Action.BLOCK,
}


class Holder(Protocol):
    """Puts comments on hold for the staff."""

    async def hold(self, room: Room, comment: CommentSent, ruling: Ruling, now_ms: int) -> bool:
        """Hold one; False: too many wait already."""


class Reviewer(Protocol):
    """Judges a comment that the word lists let through."""

    async def review(self, room: str, comment: CommentSent) -> Ruling:
        """What becomes of it; answers in any case, and soon."""


class Talk:
    """See the module.

    `holder`: holds comments, where there is a database; `reviewer`: the app's own judge, if it has one.
    """

    def __init__(self) -> None:
        self.rules = TalkRules()
        self.pinned: CommentSent | None = None
        self.screen = Screen((), KINDS_OF_CONTACT[self.rules.contacts])
        self.holder: Holder | None = None
        self.reviewer: Reviewer | None = None
        self._lists: Sequence[WordFilter] = ()
        self.imposed: Mapping[tuple[str, Kind], Sanction] = {}
        """Who is muted or shadowed, also what has run out; another object after each change."""

    def follow(self, view: Json | None) -> None:
        """Other rules hold, as the snapshot shows them."""
        shown = TalkView.model_validate_json(orjson.dumps(view)) if view is not None else None
        self.pinned = shown.pinned.comment if shown is not None and shown.pinned is not None else None
        rules = shown.rules if shown is not None else TalkRules()
        if rules != self.rules:
            self.rules = rules
            self._make_screen()

    def take_words(self, lists: Sequence[WordFilter]) -> None:
        """Look for other words from now on."""
        self._lists = lists
        self._make_screen()

    def take_sanctions(self, read: Iterable[Sanction], before: Mapping[tuple[str, Kind], Sanction]) -> None:
        """Other people are muted or shadowed from now on, as it was read.

        Args:
            before: `imposed` when the reading began.
        """
        found = {(each.user_id, each.kind): each for each in read}
        self.imposed = found if self.imposed is before else keep_changes(before, found, self.imposed)

    def impose(self, sanction: Sanction) -> None:
        """It was stored that somebody is muted or shadowed."""
        self.imposed = {**self.imposed, (sanction.user_id, sanction.kind): sanction}

    def lift(self, user_id: str, kind: Kind) -> None:
        """It was stored that somebody is not any more."""
        self.imposed = {key: each for key, each in self.imposed.items() if key != (user_id, kind)}

    def mute_of(self, user_id: str, role: Role, now_ms: int) -> Sanction | None:
        """What keeps somebody from writing now."""
        return sanctions.active(self.imposed.get((user_id, Kind.MUTED)), role, now_ms)

    def shadows(self, user_id: str, role: Role, now_ms: int) -> bool:
        """Whether what somebody writes reaches nobody else now."""
        return sanctions.active(self.imposed.get((user_id, Kind.SHADOWED)), role, now_ms) is not None

    def admit(self, traits: Traits, now_ms: int) -> None:
        """Check that somebody may write.

        Raises:
            Refusal: see `rules.talk.admit`.
        """
        mute = self.mute_of(traits.user_id, traits.role, now_ms)
        admit(self.rules, mute, Speaker(traits.role, traits.level, traits.club is not None, traits.followed))

    def line(self, text: str, role: Role) -> str:
        """A line that goes with something else, as an application for the stage, as it may be shown.

        Raises:
            Refusal: `text_refused`; what would be held or shadowed in a comment is refused here.
        """
        ruling = self.screen.rule(text) if text and role in AUDIENCE else Ruling(None, text)
        if ruling.action in (None, Action.MASK):
            return ruling.text
        raise Refusal(ErrorCode.TEXT_REFUSED, "this is not allowed here", field="line", reason=ruling.reason or "")

    def named(self, traits: Traits) -> Traits:
        """Somebody with a name that may be shown."""
        name = self.screen.name(traits.name)
        return traits if name == traits.name else traits._replace(name=name)

    def _make_screen(self) -> None:
        self.screen = Screen(self._lists, KINDS_OF_CONTACT[self.rules.contacts])

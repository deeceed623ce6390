"""The ruling on one text of a stranger: the server's words, the room's words, links and contact details together.

Promise: one ruling, the strictest of all that were found; pure and quick enough for every comment of a flood.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from liveroom.rooms.moderation.contacts import find_contact
from liveroom.rooms.moderation.folding import fold
from liveroom.rooms.moderation.words import Action, Hit, WordFilter, mask, strictest

HIDDEN_NAME = "***"


class Reason(StrEnum):
    """Why a text is not shown as it was written."""

    WORDS = "words"
    CONTACT = "contact"
    REVIEW = "review"
    ALL = "all"


class Ruling(NamedTuple):
    """What becomes of a text.

    Args:
        action: None: it is shown.
        text: as it may be shown, with words to be masked starred out.
        reason: of the action; None without one.
        found: the words and the kind of contact detail, for the staff's record.
    """

    action: Action | None
    text: str
    reason: Reason | None = None
    found: tuple[str, ...] = ()


class Screen:
    """See the module.

    Args:
        lists: the server's and the room's words.
        contacts: what becomes of a text with a link or a contact detail; None: nothing.
    """

    def __init__(self, lists: Sequence[WordFilter] = (), contacts: Action | None = None) -> None:
        self._lists = tuple(each for each in lists if len(each))
        self._contacts = contacts

    def rule(self, text: str) -> Ruling:
        """What becomes of a text."""
        hits = self._find(text)
        contact = find_contact(text) if self._contacts is not None else None
        if not hits and contact is None:
            return Ruling(None, text)
        by_words = strictest(hit.action for hit in hits)
        action = strictest(each for each in (by_words, self._contacts if contact else None) if each is not None)
        found = tuple(dict.fromkeys(hit.word for hit in hits))
        if contact is not None:
            found = (*found, contact.value)
        shown = mask(text, [hit for hit in hits if hit.action is Action.MASK])
        if action is Action.MASK and contact is not None and self._contacts is Action.MASK:
            # Where it begins and ends nobody can say for sure.
            shown = HIDDEN_NAME
        reason = Reason.WORDS if action is by_words else Reason.CONTACT
        return Ruling(action, shown, reason, found)

    def name(self, name: str) -> str:
        """A name as it may be shown: what would be held back in a comment is starred out, since a name cannot wait."""
        hits = self._find(name)
        if self._contacts is not None and find_contact(name) is not None:
            return HIDDEN_NAME
        return mask(name, hits) if hits else name

    def _find(self, text: str) -> list[Hit]:
        if not self._lists:
            return []
        folded = fold(text)
        return [hit for each in self._lists for hit in each.find(text, folded)]

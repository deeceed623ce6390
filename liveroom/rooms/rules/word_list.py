"""The word list of a room, as a document (L10). Promise: bounded; a repeat changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.words import ROOM_WORDS
from liveroom.rooms.moderation.folding import fold
from liveroom.rooms.moderation.words import Action


@dataclass(frozen=True, slots=True)
class WordList:
    """The document."""

    room: str
    version: int = 0
    words: Mapping[str, Action] = field(default_factory=dict)


class Add(NamedTuple):
    """List words."""

    words: tuple[str, ...]
    action: Action


class Remove(NamedTuple):
    """List them no more."""

    words: tuple[str, ...]


Command = Add | Remove


def apply(state: WordList, command: Command) -> WordList:
    """The list after a command; the same object when nothing is other than before.

    Raises:
        Refusal: `invalid_field`, nothing to look for in a word; `overloaded`, too many.
    """
    words = dict(state.words)
    if isinstance(command, Add):
        for word in command.words:
            if not fold(word):
                raise Refusal(ErrorCode.INVALID_FIELD, "a word needs a letter or a digit", field="words")
            words[word] = command.action
    else:
        for word in command.words:
            words.pop(word, None)
    if len(words) > ROOM_WORDS:
        raise Refusal(ErrorCode.OVERLOADED, f"a room lists at most {ROOM_WORDS} words", room=state.room)
    return state if words == state.words else replace(state, version=state.version + 1, words=words)

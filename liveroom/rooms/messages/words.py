"""Words that a room does not want, beside those of the whole server (L10)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import STAFF, Model, command
from liveroom.rooms.messages.talk import STAFF_PACE
from liveroom.rooms.moderation.words import WORD_CHARS, Action

ROOM_WORDS = 5_000
CALL_WORDS = 500

Word = Annotated[str, Field(min_length=1, max_length=WORD_CHARS)]
WordTuple = Annotated[
    tuple[Word, ...],
    Field(min_length=1, max_length=CALL_WORDS, strict=False, description="at least one letter or digit in each"),
]


class WordsAck(Model):
    """The list as it is now."""

    words: Annotated[int, Field(ge=0, le=ROOM_WORDS, description="how many the room has")]


@command("words.add", roles=STAFF, rate=STAFF_PACE, ack=WordsAck)
class AddWords(Model):
    """Look for these words in what viewers write and in their names; a word that is listed gets the new action."""

    words: WordTuple
    action: Annotated[Action, Field(strict=False, description="what becomes of a comment with one")] = Action.BLOCK


@command("words.remove", roles=STAFF, rate=STAFF_PACE, ack=WordsAck)
class RemoveWords(Model):
    """Look for these words no more; those that are not listed are passed over."""

    words: WordTuple

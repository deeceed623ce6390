"""A topic's life as a table: open, closed, hidden (L12).

Promise: `TABLE` is the whole machine. The summary is frozen once, when the topic is closed; each command can be
repeated, so that whoever got no answer asks again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.topic import OPINION_CHARS, TOPIC_CHARS, WORD_CHARS, Opinion, Said, TopicStatus, TopicTally
from liveroom.rooms.rules.keywords import fold
from liveroom.rooms.rules.lines import clean_line
from liveroom.rooms.rules.topic_heat import COMMENTS, HEAT, HEAT_AT, cool
from liveroom.rooms.rules.topic_state import CLOSED, HIDDEN, OPEN, Close, Command, Elapse, Hide, TopicState
from liveroom.rooms.rules.wrong_state import refuse

TABLE: dict[tuple[TopicStatus, type[Command]], TopicStatus] = {
    (OPEN, Close): CLOSED,
    (CLOSED, Close): CLOSED,
    (CLOSED, Hide): HIDDEN,
    (HIDDEN, Hide): HIDDEN,
    (OPEN, Elapse): CLOSED,
    (CLOSED, Elapse): HIDDEN,
}
"""Where a command leads."""
NAMES: dict[type[Command], str] = {Close: "topic.close", Hide: "topic.hide", Elapse: "its time is over"}


def create(draft: TopicState) -> TopicState:
    """Check what the host wants to hear about, and clean its texts.

    Raises:
        Refusal: `invalid_field`.
    """
    opinions = tuple(_clean_opinion(opinion, f"opinions.{at}") for at, opinion in enumerate(draft.opinions))
    words = [fold(word) for opinion in opinions for word in dict.fromkeys((opinion.text, *opinion.words))]
    if len(set(words)) < len(words) or "" in words:
        text = "each word belongs to one opinion, and has a letter or a figure"
        raise Refusal(ErrorCode.INVALID_FIELD, text, field="opinions")
    return replace(draft, text=clean_line(draft.text, TOPIC_CHARS, "text"), opinions=opinions)


def apply(state: TopicState, command: Command, now_ms: int) -> TopicState:
    """Apply one command; the same object when it changes nothing.

    Raises:
        Refusal: `wrong_state` with `state` and `possible`.
    """
    status = TABLE.get((state.status, type(command)))
    if isinstance(command, Elapse) and (status is None or state.due_at_ms is None or now_ms < state.due_at_ms):
        return state
    if status is None:
        raise refuse("topic", state.status, type(command), TABLE, NAMES, (Elapse,))
    if status is state.status:
        return state
    after = replace(state, status=status, version=state.version + 1)
    if isinstance(command, Hide) or status is HIDDEN:
        return after
    said = command.said if isinstance(command, Close) else ()
    at_ms = max(now_ms, state.opened_at_ms)
    return replace(after, closed_at_ms=at_ms, summary=read_tally(state, command.counted, said, at_ms))


def asks_counts(state: TopicState, command: type[Command], now_ms: int) -> bool:
    """Whether a command needs to know what was counted: it closes the topic."""
    return state.status is OPEN and (command is Close or (command is Elapse and now_ms >= state.ends_at_ms))


def read_tally(state: TopicState, counted: Mapping[str, int], said: tuple[Said, ...], now_ms: int) -> TopicTally:
    """What has come together, from the counters."""
    return TopicTally(
        comments=counted.get(COMMENTS, 0),
        heat=cool(counted.get(HEAT, 0), counted.get(HEAT_AT, 0), now_ms),
        opinions={letter: counted[letter] for letter in state.letters if counted.get(letter)},
        said=said,
    )


def _clean_opinion(opinion: Opinion, field: str) -> Opinion:
    words = tuple(clean_line(word, WORD_CHARS, f"{field}.words.{at}") for at, word in enumerate(opinion.words))
    return Opinion(text=clean_line(opinion.text, OPINION_CHARS, f"{field}.text"), words=words)

"""Word lists: tens of thousands of words looked for in one pass (Aho–Corasick) over undisguised text.

Promise: a word is found through spacing, full width, look-alikes and traditional characters; a word of letters is found
as a word and not inside another ("class" holds no "ass") nor over two ("pen is"); the cost does not grow with the
length of the list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ahocorasick_rs import AhoCorasick

from liveroom.rooms.moderation.folding import fold, fold_with_places

MAX_WORDS = 200_000
WORD_CHARS = 64
LONGEST_PIECE = 2
"""Letters in each piece of a word that was taken apart by spaces: "f u c k", "fu ck"."""
APOSTROPHES = frozenset("'’ʼ`´")


class Action(StrEnum):
    """What becomes of a text that holds a word; later ones outweigh earlier ones."""

    MASK = "mask"
    SHADOW = "shadow"
    HOLD = "hold"
    BLOCK = "block"


_WEIGHT = {action: weight for weight, action in enumerate(Action)}


@dataclass(frozen=True, slots=True)
class Hit:
    """A word that was found.

    Args:
        word: as the list has it.
        start, end: in the text as it was written.
    """

    word: str
    action: Action
    start: int
    end: int


class WordFilter:
    """A set of words, ready to be looked for. Building it takes some 5 µs a word: not on the event loop.

    Args:
        words: word → action. What folds to nothing is left out; at most `MAX_WORDS`.

    Raises:
        ValueError: there are more words than that.
    """

    def __init__(self, words: Mapping[str, Action]) -> None:
        if len(words) > MAX_WORDS:
            raise ValueError(f"a word list has at most {MAX_WORDS} words, this one has {len(words)}")
        kept: dict[str, tuple[str, Action]] = {}
        for word, action in words.items():
            folded = fold(word)
            known = kept.get(folded)
            if folded and (known is None or _WEIGHT[known[1]] < _WEIGHT[action]):
                kept[folded] = (word, action)
        self._patterns = list(kept)
        self._words = list(kept.values())
        self._automaton = AhoCorasick(self._patterns) if self._patterns else None

    def __len__(self) -> int:
        return len(self._patterns)

    def find(self, text: str, folded: str) -> Sequence[Hit]:
        """All words in a text, in the order in which they end; empty for nearly all texts, and then cheap.

        Args:
            folded: `fold(text)`, made once for all lists.
        """
        if self._automaton is None:
            return ()
        found = self._automaton.find_matches_as_indexes(folded, overlapping=True)
        return tuple(self._place(text, found)) if found else ()

    def _place(self, text: str, found: Iterable[tuple[int, int, int]]) -> Iterator[Hit]:
        folded, places = fold_with_places(text)
        for number, start, end in found:
            if _is_whole(text, folded, places, start, end):
                word, action = self._words[number]
                yield Hit(word, action, places[start], places[end - 1] + 1)


def strictest(actions: Iterable[Action]) -> Action | None:
    """The action that outweighs the others; None without any."""
    return max(actions, key=_WEIGHT.__getitem__, default=None)


def mask(text: str, hits: Iterable[Hit]) -> str:
    """The text with the found words starred out; spaces stay, so that lines break as before."""
    characters = list(text)
    for hit in hits:
        for index in range(hit.start, hit.end):
            if not characters[index].isspace():
                characters[index] = "*"
    return "".join(characters)


def _is_whole(text: str, folded: str, places: Sequence[int], start: int, end: int) -> bool:
    """Whether a match is a word of its own. Scripts without spaces know no such thing: there every match is one."""
    if start and _joins(text, folded, places, start - 1):
        return False
    if end < len(folded) and _joins(text, folded, places, end - 1):
        return False
    return _is_one_word(text, folded, places, start, end)


def _joins(text: str, folded: str, places: Sequence[int], left: int) -> bool:
    """Whether two neighbours are letters of one word: both of an alphabet, and nothing or an apostrophe between."""
    between = text[places[left] + 1 : places[left + 1]]
    is_close = not between or (len(between) == 1 and between in APOSTROPHES)
    return is_close and _is_alphabetic(folded[left]) and _is_alphabetic(folded[left + 1])


def _is_one_word(text: str, folded: str, places: Sequence[int], start: int, end: int) -> bool:
    """Whether the letters of a match were one word once: not two words that meet at a space."""
    if places[end - 1] - places[start] < end - start or not all(map(_is_alphabetic, folded[start:end])):
        return True
    pieces = text[places[start] : places[end - 1] + 1].split()
    return len(pieces) == 1 or all(len(fold(piece)) <= LONGEST_PIECE for piece in pieces)


def _is_alphabetic(character: str) -> bool:
    # Han, kana and Hangul begin at U+1100 and U+2E80; Latin, Greek, Cyrillic, Hebrew and Arabic lie below.
    return character.isalpha() and ord(character) < 0x1100

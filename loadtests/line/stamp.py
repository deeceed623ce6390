"""What travels in the text of a comment, or in the line of an application: which one it is, and when it was due.

The time is the *intended* one, on the clock of the run, so that a sender that falls behind cannot hide it.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_STAMP: Final = re.compile(r"lt:([cqs])(\d+)\.(\d+)\.(\d+) ")
_LETTERS: Final = {"comment": "c", "question": "q", "seat": "s"}
_KINDS: Final = {letter: kind for kind, letter in _LETTERS.items()}
_WORDS: Final = (
    "这件好看",
    "主播晚上好",
    "looking good tonight",
    "哈哈哈 😄",
    "再来一首",
    "that colour suits you",
    "冲冲冲",
)


class Stamp(NamedTuple):
    """What a text says about itself."""

    kind: str
    user: int
    number: int
    intended_ns: int


def write_text(stamp: Stamp) -> str:
    """The text of one comment; a question ends as one."""
    words = _WORDS[(stamp.user + stamp.number) % len(_WORDS)]
    end = "?" if stamp.kind == "question" else ""
    return f"lt:{_LETTERS[stamp.kind]}{stamp.user}.{stamp.number}.{stamp.intended_ns} {words}{end}"


def read_stamp(text: str) -> Stamp | None:
    """The stamp of a text; None when it has none."""
    found = _STAMP.match(text)
    if found is None:
        return None
    return Stamp(_KINDS[found[1]], int(found[2]), int(found[3]), int(found[4]))

"""The text that travels: 200 bytes that say which message it is and when it was due.

The same text is sent to every server. It carries a counter and the *intended* time of sending, so that
latency is counted from the plan and a sender that falls behind cannot hide it.
"""

from __future__ import annotations

import random
import re
from typing import Final, NamedTuple

TEXT_BYTES: Final = 200
_HEAD: Final = re.compile(rb"b(\d{8})\.(\d{20}) ")
_HEAD_BYTES: Final = 31
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


class Stamp(NamedTuple):
    """What a text says about itself."""

    counter: int
    """Number of the message in this run, from 1."""
    intended_ns: int
    """When it was due, on the machine's monotonic clock."""


class TextMaker:
    """Makes texts of exactly `size` bytes; the same seed gives the same words."""

    def __init__(self, seed: int, size: int = TEXT_BYTES) -> None:
        """Prepare a pool of words, so that making a text is one slice.

        Args:
            seed: start of the pseudo-random words.
            size: length of every text in bytes, at least 40.
        """
        if size < _HEAD_BYTES + 9:
            raise ValueError(f"a text of {size} bytes has no room for its stamp; use at least {_HEAD_BYTES + 9}")
        source = random.Random(seed)
        words = ("".join(source.choices(_LETTERS, k=source.randint(2, 9))) for _ in range(4096))
        self._pool = " ".join(words)
        self._fill = size - _HEAD_BYTES
        self._offsets = len(self._pool) - self._fill

    def make(self, counter: int, intended_ns: int) -> str:
        """The text of one message: ASCII, without leading, trailing or meaningless white space."""
        start = counter * 7919 % self._offsets
        fill = self._pool[start : start + self._fill]
        return f"b{counter:08d}.{intended_ns:020d} x{fill[1:-1]}x"


def read_stamp(payload: bytes) -> Stamp | None:
    """The stamp found in a text or in a payload around one; None when there is none."""
    found = _HEAD.search(payload)
    if found is None:
        return None
    return Stamp(int(found[1]), int(found[2]))

"""Text that strangers write, made safe to show beside the text of others.

Promise: no control characters, nothing that turns the direction of what follows, no towers of combining
marks, no blank lines; normalising twice changes nothing.
"""

from __future__ import annotations

import re
import unicodedata

MAX_MARKS = 4
"""Combining marks kept on one letter; scripts that stack marks need at most four."""

BLANKS = "\u115f\u1160\u2800\u3164\uffa0\u034f\u17b4\u17b5"
"""Letters that are drawn as nothing; a text made of them alone is empty."""

KEPT_FORMATS = "\u200c\u200d\u200e\u200f\u061c"
"""Joiners build emoji and Persian words, marks of direction cannot reorder the text of others."""


HIDDEN = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # controls that are not white space
    "\u202a-\u202e\u2066-\u2069"  # embeddings, overrides and isolates of direction
    "\u00ad\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\U000e0001"  # drawn as nothing
    "\ud800-\udfff"  # halves of surrogate pairs
)


def _marks() -> str:
    """All combining marks (Unicode categories Mn and Me) for a regular-expression class."""
    codes = [*range(0x300, 0x1F000), *range(0xE0100, 0xE01F0)]
    return "".join(chr(code) for code in codes if unicodedata.category(chr(code)) in ("Mn", "Me"))


_MARK = _marks()
_HIDDEN_CHARS = re.compile(f"[{HIDDEN}]+")
_TOWERS = re.compile(f"[{_MARK}]{{{MAX_MARKS + 1},}}")
_LINE_BREAKS = re.compile(r"\s*[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]\s*")
_SPACES = re.compile(r"[^\S\n]+")
_SIMPLE = re.compile(
    "[\u0020-\u024f\u2010-\u2026\u3001-\u3029\u3041-\u3096\u309b-\u30ff\u4e00-\u9fff\uac00-\ud7a3"
    "\uff01-\uff5e\U0001f300-\U0001faff]*"
)
_VISIBLE = re.compile(f"[^\\s{BLANKS}{KEPT_FORMATS}{_MARK}\U000e0020-\U000e007f]")


def normalise(text: str) -> str:
    """The text as it is shown: NFC, trimmed, white space and line breaks folded; empty when nothing is visible."""
    if text.isprintable() and _SIMPLE.fullmatch(text):
        # Most comments end here: nothing to compose, to remove or to break, and every character is drawn.
        return _SPACES.sub(" ", text).strip() if "  " in text else text.strip()
    text = _HIDDEN_CHARS.sub("", text)
    text = _SPACES.sub(" ", _LINE_BREAKS.sub("\n", text))
    text = unicodedata.normalize("NFC", text)
    text = _TOWERS.sub(lambda tower: tower[0][:MAX_MARKS], text).strip()
    return text if _VISIBLE.search(text) else ""


def one_line(text: str) -> str:
    """As `normalise`, on one line: for names and titles."""
    return normalise(text).replace("\n", " ")


def shorten(text: str, chars: int) -> str:
    """The beginning of `text`, at most `chars` characters, with an ellipsis where something was cut."""
    return text if len(text) <= chars else text[: chars - 1].rstrip() + "…"

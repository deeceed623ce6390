"""The server's word list as a file: one word a line, under headings that say what becomes of a text with it.

    # words of the whole server
    加微信
    [mask]
    damn

Promise: a line that cannot be used is named with its number; nothing is left out silently.
"""

from __future__ import annotations

from pathlib import Path

from liveroom.rooms.errors import WordListFault
from liveroom.rooms.moderation.folding import fold
from liveroom.rooms.moderation.words import MAX_WORDS, WORD_CHARS, Action

MAX_BYTES = 16 * 1024 * 1024


def read_words(path: Path) -> dict[str, Action]:
    """The words of a file, those before the first heading with `block`.

    Raises:
        WordListFault: it cannot be read, or a line cannot be used.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise WordListFault(path.name, 0, f"it has more than {MAX_BYTES} bytes")
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise WordListFault(path.name, 0, error.strerror or "it cannot be read") from None
    except UnicodeDecodeError:
        raise WordListFault(path.name, 0, "it is not UTF-8") from None
    return _read_lines(path.name, lines)


def _read_lines(name: str, lines: list[str]) -> dict[str, Action]:
    words: dict[str, Action] = {}
    action = Action.BLOCK
    for number, line in enumerate(lines, 1):
        word = line.strip()
        if not word or word.startswith("#"):
            continue
        if word.startswith("[") and word.endswith("]"):
            action = _read_heading(name, number, word[1:-1].strip())
            continue
        if len(word) > WORD_CHARS:
            raise WordListFault(name, number, f"a word has at most {WORD_CHARS} characters")
        if not fold(word):
            raise WordListFault(name, number, "this has no letter or digit to look for")
        words[word] = action
        if len(words) > MAX_WORDS:
            raise WordListFault(name, number, f"a list has at most {MAX_WORDS} words")
    return words


def _read_heading(name: str, number: int, heading: str) -> Action:
    try:
        return Action(heading)
    except ValueError:
        known = ", ".join(f"[{action.value}]" for action in Action)
        raise WordListFault(name, number, f"there is no heading [{heading}]; known: {known}") from None

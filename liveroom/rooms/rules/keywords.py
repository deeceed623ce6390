"""Whether a comment says a keyword (R36, R38), however people write it: 扣1, １, 111, «我要中奖！».

Promise: pure and fast for the common case, a comment that has nothing to do with it. A keyword of one letter has to be
the whole comment, perhaps several times; a longer one may stand among other words.
"""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """What of a text counts: letters and figures, in one width and one case."""
    folded = (text if text.isascii() else unicodedata.normalize("NFKC", text)).casefold()
    return folded if folded.isalnum() else "".join(char for char in folded if char.isalnum())


def says(text: str, keyword: str) -> bool:
    """Whether a comment says a keyword."""
    wanted, said = fold(keyword), fold(text)
    if len(wanted) == 1:
        return bool(said) and not said.strip(wanted)
    return bool(wanted) and wanted in said

"""Whether a comment asks something (L11). A cheap guess from its words; nothing depends on it being right.

Promise: a comment with a question mark is always a question; the guess takes about a microsecond.
"""

from __future__ import annotations

import re

_CHINESE = re.compile(
    "[?\uff1f吗呢咋啥]|什么|怎么|怎样|多少|多大|多久|几[个号点码块件天岁]|哪[里个些儿款种位]|为何|如何|有没有|能不能|"
    "是不是|可不可以|可以不|要不要|会不会|求问|请问"
)
_ENGLISH = re.compile(
    r"(?:what|when|where|which|who|whose|why|how|can|could|does|do|did|is|are|will|would|should|may|has|have|any)"
    r"(?:['’]s|n['’]t)?\s+\S+\s+\S"
    r"|(?:what|when|where|who|why|how)$",
    re.IGNORECASE,
)


def looks_like_question(text: str) -> bool:
    """Whether the (normalised) text asks something, in Chinese or English."""
    if _ENGLISH.match(text):
        return True
    return "?" in text if text.isascii() else _CHINESE.search(text) is not None

"""`python -m loadtests.inside.words`: what the word filter costs a comment, in a process of its own.

The words are made up: Chinese of two to four characters and Latin ones of four to ten letters, half and half. The
comments are what viewers of a show write, hardly one twice, and a few in a hundred hold a word of the list, disguised.
Every comment goes the whole way: cleaned for display, undisguised, searched for words, links and contact details.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import time
from collections.abc import Sequence
from typing import Any, Final

from liveroom.rooms.moderation.screen import Screen
from liveroom.rooms.moderation.words import Action, WordFilter
from liveroom.rooms.rules.text import normalise

WARMUP: Final = 2_000
HAN: Final = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主"
    "发年动同工也能下过子说产种面而方后多定行学法所民得经"
)
SAYINGS: Final = (
    *("主播好", "有 XL 码吗", "这个多少钱", "666", "已下单", "什么时候发货呀", "太好看了吧", "能便宜点吗"),
    *(
        "白色还有吗",
        "来了来了",
        "身高172 体重65 穿几码",
        "刚刚那件再看一下",
        "要两件",
        "尺码偏大还是偏小",
        "支持支持",
        "抢到了",
    ),
    *(
        "how much is it",
        "love this color",
        "is the blue one still there?",
        "hello from the train",
        "show the back please",
    ),
)
EMOJI: Final = ("", "", "", "👍", "❤️", "😂😂", "!!", "～")
SHARE_FOUND: Final = 0.03


def measure(words: int, comments: int, seed: int) -> dict[str, Any]:
    """The cost of each of so many comments against a list of so many words."""
    source = random.Random(seed)
    listed = make_words(words, source)
    began = time.perf_counter()
    screen = Screen([WordFilter(dict.fromkeys(listed, Action.BLOCK))], Action.BLOCK)
    build_s = time.perf_counter() - began
    texts = [make_comment(number, listed, source) for number in range(comments + WARMUP)]
    for text in texts[:WARMUP]:
        screen.rule(normalise(text))
    gc.collect()
    gc.disable()
    took_ns, found = _time(screen, texts[WARMUP:])
    took_ns.sort()
    return {
        "words": len(listed),
        "comments": comments,
        "found": found,
        "mean_us": round(sum(took_ns) / comments / 1000, 1),
        "p50_us": round(took_ns[comments // 2] / 1000, 1),
        "p99_us": round(took_ns[comments * 99 // 100] / 1000, 1),
        "max_us": round(took_ns[-1] / 1000, 1),
        "build_s": round(build_s, 3),
        "mean_chars": round(sum(map(len, texts)) / len(texts), 1),
    }


def _time(screen: Screen, texts: Sequence[str]) -> tuple[list[int], int]:
    took_ns: list[int] = []
    found = 0
    for text in texts:
        began = time.perf_counter_ns()
        ruling = screen.rule(normalise(text))
        took_ns.append(time.perf_counter_ns() - began)
        found += ruling.action is not None
    return took_ns, found


def make_words(count: int, source: random.Random) -> list[str]:
    """So many different words."""
    words: dict[str, None] = {}
    while len(words) < count:
        if len(words) % 2:
            words["".join(chr(source.randint(0x4E00, 0x9FA5)) for _ in range(source.randint(2, 4)))] = None
        else:
            words["".join(source.choices("abcdefghijklmnopqrstuvwxyz", k=source.randint(4, 10)))] = None
    return list(words)


def make_comment(number: int, words: Sequence[str], source: random.Random) -> str:
    """What a viewer writes: one or more sayings, some characters of their own, at times a word of the list."""
    parts = source.choices(SAYINGS, k=source.choice((1, 1, 1, 2, 3)))
    parts.append("".join(source.choices(HAN, k=source.randint(0, 12))))
    parts.append(f"{number % 977}{source.choice(EMOJI)}")
    if source.random() < SHARE_FOUND:
        parts.insert(1, " ".join(source.choice(words)))
    return " ".join(part for part in parts if part)


def main() -> None:
    """Print what was measured as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words", type=int, required=True)
    parser.add_argument("--comments", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    wanted = parser.parse_args()
    print(json.dumps(measure(wanted.words, wanted.comments, wanted.seed)))


if __name__ == "__main__":
    main()

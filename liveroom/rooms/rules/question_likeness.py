"""Whether two questions are the same, from their words alone (L11: the same question ×N is one entry).

Promise: rather two entries for one question than one entry for two. Numbers, sizes and negations must be the same, and
the words of one must be those of the other with few added; order, politeness, spacing and case do not matter.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

ALIKE = 0.8
"""Least share of the longer question that the shorter one has."""

_SAME_WORDS = (
    (re.compile("啥时候|几时|何时|什么时间"), "什么时候"),
    (re.compile("多少米|多少元|多少块钱?|几块钱?|什么价格?|啥价格?|价格多少|怎么卖|咋卖"), "多少钱"),
    (re.compile("咋样|怎样"), "怎么样"),
    (re.compile("咋"), "怎么"),
    (re.compile("啥"), "什么"),
    (re.compile("能不能|可不可以|可以不可以|能否|可否"), "可以"),
    (re.compile("有没有|有木有"), "有"),
    (re.compile("会不会"), "会"),
    (re.compile("要不要"), "要"),
    (re.compile("是不是|是否"), "是"),
)
"""Ways to ask the same; so the 不 and 没 in them are no negations."""
_FILLERS = re.compile(
    "请问一?下?|想问一?下?|求问|问一?下|麻烦|主播|老师|老板|小姐姐|小哥哥|姐妹|亲亲?|家人们?|你好|您好|谢谢|一下|这个|这款|那个|那款|"
    "[吗呢吧啊呀哦噢哈嘛么的了是有可以你您]"
)
_KEPT = re.compile("什么时候|什么|怎么样|怎么|多少钱")
_NEGATION = re.compile("[不没别未]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_WORD = re.compile(r"[^\W_\u3400-\u4dbf\u4e00-\u9fff]+(?:\.\d+)?")
_NOT = re.compile(r"\b(?:not|never|no|without)\b|n['’]t\b")
_SMALL_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a an the is are am was were be do does did can could would will should may i you u your we they he she it its "
        "this that these those there to of for in on at with and or please pls plz hi hey hello so have has had any "
        "some me my get got know tell just",
    )
)
_SIZES = frozenset({"xs", "s", "m", "l", "xl", "xxl", "xxxl", "2xl", "3xl", "4xl"})


@dataclass(frozen=True, slots=True)
class Likeness:
    """A question as it is compared.

    Args:
        key: the same for questions that differ in nothing that matters.
        words: what it asks for: Chinese characters, or words.
        hard: what must be the same: numbers, sizes, names in Latin letters beside Chinese, negations.
    """

    key: str
    words: frozenset[str]
    hard: frozenset[str]


def read(text: str) -> Likeness:
    """What matters of a (normalised) question."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    for pattern, common in _SAME_WORDS:
        folded = pattern.sub(common, folded)
    han = _read_chinese(folded)
    latin = _WORD.findall(folded.replace("'s", "").replace("’s", ""))
    if han:
        hard = frozenset(latin) | frozenset(_NEGATION.findall(folded))
        words = frozenset(han)
    else:
        plain = [word if word in _SIZES else _singular(word) for word in latin if word not in _SMALL_WORDS]
        hard = frozenset(word for word in plain if word in _SIZES or any(map(str.isdigit, word)))
        hard |= frozenset({"not"}) if _NOT.search(folded) else frozenset()
        words = frozenset(plain)
    key = " ".join([*sorted(words), "/", *sorted(hard)]) if words or hard else folded.strip()
    return Likeness(key, words, hard)


def is_same(one: Likeness, other: Likeness) -> bool:
    """Whether two questions ask the same."""
    if one.key == other.key:
        return True
    if one.hard != other.hard:
        return False
    less, more = sorted((one.words, other.words), key=len)
    return len(less) >= ALIKE * len(more) > 0 and less <= more


def _read_chinese(folded: str) -> list[str]:
    """The characters that say what is asked; common question words count as one each."""
    kept: list[str] = _KEPT.findall(folded)
    rest = _FILLERS.sub("", _KEPT.sub(" ", folded))
    return [*kept, *_HAN.findall(rest)]


def _singular(word: str) -> str:
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word

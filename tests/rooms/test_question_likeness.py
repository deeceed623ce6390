"""Which questions are the same: politeness, spacing and order do not matter, what is asked for does."""

from __future__ import annotations

import pytest

from liveroom.rooms.rules.question_likeness import is_same, read


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("什么时候发货？", "请问 什么时候发货呢"),
        ("啥时候发货", "发货是什么时候"),
        ("几时发货呀", "什么时候发货"),
        ("多少钱", "这个多少钱啊？"),
        ("怎么卖", "多少钱"),
        ("有没有XL码", "有xl码吗"),
        ("能不能退货", "可以退货吗"),
        ("Is it cotton?", "is this cotton"),
        ("do you ship to Oslo", "Can you please ship to OSLO?"),
        ("any blue dresses left?", "blue dress left"),
    ],
)
def test_these_are_the_same(one: str, other: str) -> None:
    assert is_same(read(one), read(other))
    assert is_same(read(other), read(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("有XL码吗", "有L码吗"),
        ("有红色吗", "有蓝色吗"),
        ("红色什么时候发货", "蓝色什么时候发货"),
        ("可以七天无理由退货吗", "不可以七天无理由退货吗"),
        ("什么时候发货", "多少钱"),
        ("100块可以吗", "200块可以吗"),
        ("can I return it", "can I exchange it"),
        ("is it waterproof", "isn't it waterproof"),
        ("size 38 left?", "size 39 left?"),
        ("any blue ones left", "any red ones left"),
    ],
)
def test_these_are_not(one: str, other: str) -> None:
    assert not is_same(read(one), read(other))


def test_what_has_no_words_is_the_same_only_as_itself() -> None:
    assert is_same(read("？"), read("?"))
    assert not is_same(read("？？？"), read("多少钱"))

"""What is taken for a question, and praise that is not."""

from __future__ import annotations

import pytest

from liveroom.rooms.rules.questions import looks_like_question


@pytest.mark.parametrize(
    "text",
    [
        "有xl码吗",
        "多少钱",
        "什么时候发货",
        "这个怎么用",
        "有没有黑色",
        "能不能便宜点",
        "几号发货",
        "哪款适合我",
        "真的？",
        "请问可以退吗",
        "你呢",
        "Is it cotton",
        "how do I pay",
        "What's the price of it",
        "do you ship to Oslo",
        "any blue ones left",
        "really?",
        "why",
        "what’s the price 😀",
    ],
)
def test_this_is_a_question(text: str) -> None:
    assert looks_like_question(text)


@pytest.mark.parametrize(
    "text",
    [
        "主播真好看",
        "666",
        "这么好看",
        "哈哈哈哈",
        "支持支持",
        "hello",
        "wow nice",
        "how lovely",
        "Issue is fixed",
        "好几次了",
    ],
)
def test_this_is_not(text: str) -> None:
    assert not looks_like_question(text)

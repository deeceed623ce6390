"""Word lists: evasions are found, innocent words are not, and the length of the list does not matter."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveroom.rooms.moderation.folding import fold
from liveroom.rooms.moderation.words import MAX_WORDS, Action, Hit, WordFilter, mask, strictest

LIST = WordFilter(
    {
        "fuck": Action.BLOCK,
        "ass": Action.MASK,
        "penis": Action.BLOCK,
        "shit": Action.MASK,
        "加微信": Action.BLOCK,
        "赌博": Action.HOLD,
        "VX": Action.SHADOW,
    }
)


def _find(words: WordFilter, text: str) -> tuple[Hit, ...]:
    return tuple(words.find(text, fold(text)))


@pytest.mark.parametrize(
    "text",
    ["fuck", "FUCK you", "ｆｕｃｋ", "f u c k", "fu ck", "f.u.c.k", "f\u200buck", "fυсk", "what the fuck?", "傻fuck傻"],
)
def test_an_english_word_is_found_however_it_is_written(text: str) -> None:
    assert [hit.word for hit in _find(LIST, text)] == ["fuck"]


@pytest.mark.parametrize("text", ["加微信", "加 微 信", "加-微-信", "快加微。信哦", "請加微信領取"])
def test_a_chinese_word_is_found_however_it_is_written(text: str) -> None:
    assert [hit.word for hit in _find(LIST, text)] == ["加微信"]


def test_a_word_of_traditional_characters_is_found() -> None:
    assert [hit.word for hit in _find(LIST, "來賭博")] == ["赌博"]


@pytest.mark.parametrize(
    "text",
    [
        "class",
        "assess this",
        "a pass",
        "the pen is here",
        "it's hit me",
        "it’s hit",
        "bass guitar",
        "as sure as",
        "vxl",
        "",
    ],
)
def test_an_innocent_word_is_not_found(text: str) -> None:
    assert _find(LIST, text) == ()


def test_a_hit_says_where_the_word_stands() -> None:
    text = "好 F-u-c-k 的"
    (hit,) = _find(LIST, text)
    assert text[hit.start : hit.end] == "F-u-c-k"
    assert mask(text, [hit]) == "好 ******* 的"


def test_masking_keeps_spaces_and_the_rest() -> None:
    text = "kick his a s s now"
    assert mask(text, _find(LIST, text)) == "kick his * * * now"


def test_the_stricter_action_wins_whichever_way_a_word_is_listed() -> None:
    both = WordFilter({"damn": Action.MASK, "ＤＡＭＮ": Action.BLOCK})
    assert len(both) == 1
    assert [hit.action for hit in _find(both, "damn")] == [Action.BLOCK]
    other = WordFilter({"ＤＡＭＮ": Action.BLOCK, "damn": Action.MASK})
    assert [hit.action for hit in _find(other, "damn")] == [Action.BLOCK]
    for left, right in itertools.combinations(Action, 2):
        assert strictest([left, right]) is right
    assert strictest([]) is None


def test_words_that_overlap_are_all_found() -> None:
    words = WordFilter({"微信": Action.MASK, "加微信": Action.BLOCK, "信号": Action.MASK})
    assert {hit.word for hit in _find(words, "加微信号")} == {"微信", "加微信", "信号"}


def test_an_empty_list_finds_nothing() -> None:
    assert _find(WordFilter({}), "fuck") == ()
    assert len(WordFilter({"👍": Action.BLOCK})) == 0


def test_a_list_has_an_end() -> None:
    with pytest.raises(ValueError, match="at most 200000 words"):
        WordFilter({str(number): Action.MASK for number in range(MAX_WORDS + 1)})


HAN = st.text("赌博微信加好友红包", min_size=1, max_size=4)


@given(st.lists(HAN, min_size=1, max_size=8), st.text("赌博微信加好友红包 .", max_size=30))
def test_for_scripts_without_spaces_it_finds_what_plain_searching_finds(words: list[str], text: str) -> None:
    listed = WordFilter(dict.fromkeys(words, Action.BLOCK))
    plain = text.replace(" ", "").replace(".", "")
    expected = {word for word in words if word in plain}
    assert {hit.word for hit in _find(listed, text)} == expected


@given(st.text(max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    for hit in _find(LIST, text):
        assert 0 <= hit.start < hit.end <= len(text)

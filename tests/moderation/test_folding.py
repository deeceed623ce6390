"""Undisguising: however a word is written, it folds to the same text, and nothing makes folding fail or grow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveroom.rooms.moderation import folding
from liveroom.rooms.moderation.folding import MAX_KEPT, fold, fold_with_places


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("ＦＵＣＫ", "fuck"),
        ("f.u-c_k", "fuck"),
        ("f u\u200bc\u00adk", "fuck"),
        ("𝓯𝓾𝓬𝓴", "fuck"),
        ("fυсk", "fuck"),
        ("pаypаl", "paypal"),
        ("naïve", "naive"),
        ("$h@me", "shame"),
        ("ⓥⓧ", "vx"),
        ("①②③", "123"),
        ("加 微 信", "加微信"),
        ("賣淫", "卖淫"),
        ("臺灣", "台湾"),
        ("Straße", "strasse"),
        ("한국어", "한국어"),
        ("ガ", "カ"),
        ("👍 🎉 !!", ""),
        ("", ""),
    ],
)
def test_a_disguise_falls(written: str, folded: str) -> None:
    assert fold(written) == folded


def test_no_chinese_character_is_taken_for_a_letter() -> None:
    han = [chr(code) for code in range(0x4E00, 0xA000)]
    assert not [character for character in han if any(letter.isascii() for letter in fold(character))]


TEXTS = st.text(max_size=40) | st.text("fuck ＦＵсk賣卖①\u200b", max_size=40)


@given(TEXTS)
def test_folding_twice_changes_nothing_and_places_point_at_their_characters(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    again, places = fold_with_places(text)
    assert again == folded
    assert len(places) == len(folded)
    assert places == sorted(places)
    for index in set(places):
        assert fold(text[index])


def test_a_stranger_cannot_make_it_remember_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = folding._Folded()
    monkeypatch.setattr(folding, "MAX_KEPT", 10)
    for code in range(0x4E00, 0x4E40):
        assert kept[chr(code)]
    assert len(kept) == 10
    assert MAX_KEPT == 65_536

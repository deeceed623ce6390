"""What is read from a token: complete, in range, and nothing of it guessed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveroom.realtime.identity import Role
from liveroom.rooms.messages.people import NAME_CHARS, Author
from liveroom.rooms.rules import traits
from liveroom.rooms.rules.standing import Standing
from liveroom.rooms.rules.traits import Traits
from tests.rooms.builders import make_identity


def test_a_token_without_traits_gives_a_plain_viewer() -> None:
    assert traits.read(make_identity(), "demo") == Traits("u1", "小雨")


def test_everything_a_token_can_say_is_read() -> None:
    identity = make_identity(
        level=12, source="share", member_of=["茶友会", ""], bought=True, birthday="02-29", demo=True
    )
    read = traits.read(identity, "demo")
    assert read == Traits("u1", "小雨", Role.VIEWER, 12, "share", ("茶友会",), True, True, "02-29", True, rated=True)


@pytest.mark.parametrize(
    ("said", "field", "read"),
    [
        ({"level": -5}, "level", 0),
        ({"level": 10**9}, "level", 1000),
        ({"level": "12"}, "level", 0),
        ({"level": True}, "level", 0),
        ({"source": "somewhere"}, "source", None),
        ({"source": ["ad"]}, "source", None),
        ({"source": "community:茶友会"}, "communities", ("茶友会",)),
        ({"source": "community:茶友会"}, "member", False),
        ({"source": "ad:茶友会"}, "communities", ()),
        ({"member_of": "茶友会"}, "communities", ()),
        ({"member_of": ["x"] * 50}, "communities", ("x",) * 20),
        ({"member_of": [7]}, "member", False),
        ({"bought": "yes"}, "bought", False),
        ({"birthday": "13-01"}, "birthday", None),
        ({"birthday": 1}, "birthday", None),
    ],
)
def test_what_is_out_of_range_or_of_another_type_is_left_out(said: dict[str, Any], field: str, read: object) -> None:
    assert getattr(traits.read(make_identity(**said), "demo"), field) == read


def test_the_role_is_that_of_the_room() -> None:
    host = make_identity(Role.HOST, level=1)
    assert traits.read(host, "demo").role is Role.HOST
    assert traits.read(host, "other").role is Role.VIEWER


@given(st.text(max_size=200))
def test_any_name_can_be_shown(name: str) -> None:
    author = traits.read(make_identity(name=name), "demo").author()
    assert isinstance(author, Author)
    assert 1 <= len(author.name) <= NAME_CHARS
    assert "\n" not in author.name


@given(st.dictionaries(st.sampled_from(["level", "source", "member_of", "bought", "birthday", "demo"]), st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.one_of(st.text(), st.integers()))
)))  # fmt: skip
def test_whatever_an_application_writes_people_can_be_shown(said: dict[str, Any]) -> None:
    read = traits.read(make_identity(**said), "demo")
    assert read.visitor().level == read.author().level == read.level
    assert read.person().name == "小雨"


def test_a_level_of_the_token_wins_over_the_earned_one_also_when_it_is_lower() -> None:
    earned = Standing(level=30, club=4)
    rated = traits.read(make_identity(level=2), "demo", earned)
    plain = traits.read(make_identity(vip=True), "demo", earned)
    assert (rated.level, rated.club, rated.standing(Standing(31, 5)).level) == (2, 4, 2)
    assert (plain.level, plain.club, plain.vip) == (30, 4, True)
    assert plain.standing(Standing(31, None)) == plain._replace(level=31, club=None)

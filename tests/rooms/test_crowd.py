"""The order of the audience: pages of any length give everybody once, also when several nodes have parts of it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from liveroom.rooms.messages.people import Visitor
from liveroom.rooms.rules.crowd import merge, place_of, read_place, write_place

PEOPLE = st.lists(
    st.builds(
        Visitor,
        id=st.from_regex(r"[a-z:]{1,6}", fullmatch=True),
        name=st.just("n"),
        level=st.integers(0, 3),
        club=st.one_of(st.none(), st.integers(1, 2)),
    ),
    max_size=30,
    unique_by=lambda user: user.id,
)


@settings(max_examples=200)
@given(PEOPLE, st.integers(1, 7), st.integers(1, 3))
def test_pages_of_several_nodes_give_everybody_once_and_in_order(people: list[Visitor], limit: int, nodes: int) -> None:
    parts = [sorted(people[at::nodes], key=place_of) for at in range(nodes)]
    seen: list[Visitor] = []
    after = None
    while True:
        start = read_place(after) if after is not None else None
        lists = [[user for user in part if start is None or place_of(user) > start][: limit + 1] for part in parts]
        page = merge(lists, limit)
        assert len(page.people) <= limit
        seen += page.people
        after = page.after
        if after is None:
            break
    assert seen == sorted(people, key=place_of)


def test_who_is_on_two_nodes_is_one_person() -> None:
    ann, older = Visitor(id="ann", name="Ann", level=5), Visitor(id="ann", name="Ann", level=4)
    assert merge([[older], [ann]], 10).people == (ann,)


def test_a_place_is_read_as_it_was_written() -> None:
    user = Visitor(id="a:b:c", name="n", level=12, club=3)
    assert read_place(write_place(user)) == place_of(user)

"""Ids of guests tell the server, and nobody else, who came from the same network."""

from __future__ import annotations

import pytest

from liveroom.server.auth.guest_marks import KeyedGuestMarks

MARKS = KeyedGuestMarks(b"the secret of this test, long enough")
HOME = "203.0.113.7"


@pytest.mark.parametrize(("one", "other"), [(HOME, HOME), ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9")])
def test_guests_from_one_network_have_one_mark_and_ids_that_look_unrelated(one: str, other: str) -> None:
    ids = [MARKS.make_id(one), MARKS.make_id(other)]
    assert {MARKS.of_guest(each) for each in ids} == {MARKS.of_address(one)}
    endings = [each[-8:] for each in ids]
    assert endings[0] != endings[1]


def test_other_networks_have_other_marks() -> None:
    marks = {MARKS.of_address(f"203.0.113.{number}") for number in range(256)}
    assert len(marks) == 256


def test_another_secret_reads_another_mark() -> None:
    other = KeyedGuestMarks(b"another secret, just as long as that")
    assert other.of_guest(MARKS.make_id(HOME)) not in {MARKS.of_address(HOME), other.of_address(HOME)}


@pytest.mark.parametrize(
    "user_id", ["u1", "g_", "g_short", "x" * 20, "g_" + "!" * 20, "g_" + "é" * 20, "g_" + "a" * 21]
)
def test_ids_of_others_have_none(user_id: str) -> None:
    assert MARKS.of_guest(user_id) is None


def test_an_id_of_the_right_form_that_was_made_elsewhere_means_nothing() -> None:
    assert MARKS.of_guest("g_" + "a" * 20) != MARKS.of_address(HOME)

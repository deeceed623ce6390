"""The file of numbers is understood as a whole or refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from loadtests.plan.changes import Changes
from loadtests.plan.crowd import count_standing, count_users, pick_room
from loadtests.plan.kinds import ACTS, KINDS
from loadtests.plan.profiles import LEAST_POLL_S, SLO_FILE, ProfileRefused, read_slo
from loadtests.target.props import PER_USER

SLO = read_slo()


@pytest.mark.parametrize("name", SLO.profile)
def test_every_profile_holds_the_600_ms(name: str) -> None:
    profile = SLO.find(name)
    for kind in KINDS:
        limits = profile.limits_of(kind)
        assert limits.p99_ms is not None
        assert limits.p99_ms <= (1000 if kind in ("join", "resume") else 600)
        assert limits.last_p99_ms is not None


@pytest.mark.parametrize("name", SLO.profile)
def test_no_viewer_of_a_profile_acts_faster_than_a_server_allows(name: str) -> None:
    profile = SLO.find(name)
    for act in ("comment", "question"):
        if act in profile.acts:
            wanted = profile.acts[act]
            factor = 1.0 if profile.spike is None else profile.spike.factor
            assert wanted.per_s * factor / wanted.users <= 0.6


@pytest.mark.parametrize("name", SLO.profile)
def test_every_room_has_one_host_and_every_floor_can_be_reached(name: str) -> None:
    profile = SLO.find(name)
    assert count_users(profile)["Host"] == profile.rooms
    assert {pick_room(number, profile.rooms) for number in range(profile.rooms)} == set(range(profile.rooms))
    strong_s = profile.seconds if profile.spike is None else profile.intensity(1).area - profile.warmup_s
    for act in profile.acts.values():
        assert act.floor <= act.per_s * strong_s * 0.9


@pytest.mark.parametrize("name", SLO.profile)
def test_what_has_a_limit_on_the_server_stays_within_it(name: str) -> None:
    profile = SLO.find(name)
    if "seat" in profile.acts:
        wanted = profile.acts["seat"]
        assert wanted.users / profile.rooms <= 6, "the stage of a show has six seats"
        assert wanted.per_s / wanted.users <= 0.25, "one application in two seconds, at most, and rounds vary by half"
    if "claim" in profile.acts:
        wanted = profile.acts["claim"]
        assert wanted.per_s * profile.intensity(1).area / wanted.users <= PER_USER * 0.7
    if "vote" in profile.acts:
        assert profile.poll_s >= LEAST_POLL_S


def test_a_profile_has_the_general_limits_and_its_own() -> None:
    slo = SLO.find("slo")
    assert slo.limits_of("comment").p99_ms == 100
    assert slo.limits_of("question").p99_ms == SLO.limits.p99_ms
    assert slo.limits_of("comment").last_p99_ms == SLO.limits.last_p99_ms


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ("acts.comment", "acts.coment", "coment"),
        ("[kinds]\nlike", "[kinds]\nliek", "liek"),
        ("acts.vote = { users = 18", "acts.vote = { users = 9", "a poll lasts 6 s"),
        ("battle = true\n", "battle = true\nacts.like = { users = 1, per_s = 1 }\n", "battle needs pairs"),
        ("kinds.resume", "kinds.resumes", "resumes"),
        ("warmup_s = 2\n", "warmup_s = 0\n", "warmup_s"),
        ("last_p99_ms = 600", "last_p9_ms = 600", "last_p9_ms"),
        ("[profile.smoke]", "[profile.smoke", "slo.toml"),
    ],
)
def test_what_is_not_understood_is_named(before: str, after: str, named: str, tmp_path: Path) -> None:
    text = SLO_FILE.read_text(encoding="utf-8")
    assert before in text
    file = tmp_path / "slo.toml"
    file.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(ProfileRefused, match=named):
        read_slo(file)


def test_an_unknown_profile_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ProfileRefused, match="known: smoke"):
        SLO.find("smok")
    with pytest.raises(ProfileRefused, match="cannot be read"):
        read_slo(tmp_path / "none.toml")


def test_every_act_counts_for_a_kind() -> None:
    assert set(ACTS.values()) <= set(KINDS)


def test_what_a_deployment_does_not_offer_is_left_out() -> None:
    without = Changes(without=("gift", "vote")).apply(SLO.find("battle"))
    assert without.acts.keys() == SLO.find("battle").acts.keys() - {"gift", "vote"}
    assert not without.battle, "a battle without gifts has no points"
    assert "Gifter" not in count_users(without)
    with pytest.raises(ValueError, match="no act 'sleep'"):
        Changes(without=("sleep",))


def test_changes_make_a_step_or_a_calibration() -> None:
    profile = SLO.find("ci")
    short = Changes(seconds=6).apply(profile)
    assert (short.seconds, short.warmup_s) == (6, 3)
    assert short.acts["comment"].floor == profile.acts["comment"].floor // 10
    herd, coupon = Changes(seconds=30).apply(SLO.find("herd")), Changes(seconds=9).apply(SLO.find("coupon"))
    assert herd.storm is not None
    assert herd.storm.after_s + herd.storm.spread_s <= herd.seconds
    assert coupon.spike is not None
    assert (coupon.spike.after_s, coupon.spike.for_s) == (3, 1)
    few, none = Changes(viewers=190).apply(SLO.find("herd")), Changes(viewers=0).apply(SLO.find("herd"))
    assert few.storm is not None
    assert none.storm is not None
    assert (few.storm.floor, none.storm.floor) == (150, 1), "a storm without anybody never has enough"
    more = Changes(lurkers=2, rates=4).apply(profile)
    assert more.lurkers == 2 * profile.lurkers
    assert more.acts["comment"].per_s == 4 * profile.acts["comment"].per_s
    assert more.acts["comment"].per_s / more.acts["comment"].users <= 0.5
    assert count_standing(more) > count_standing(profile)
    assert Changes.model_validate_json(Changes(rates=2).as_json()) == Changes(rates=2)

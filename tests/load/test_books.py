"""Gifts, coupons, scores and seats are accounted for one by one, whichever worker saw what."""

from __future__ import annotations

from typing import Any

import pytest

from loadtests.gate.figures import Attendance, Figures, read_figures
from loadtests.line.contents import read_events, read_totals
from loadtests.line.meaning import Meaning
from loadtests.line.points import Points
from loadtests.line.reader import Reader
from loadtests.record.ledger import Ledger, Window

S = 1_000_000_000
MS = 1_000_000
WINDOW = Window(10 * S, 20 * S)


def make_gift(position: int, combo: str, count: int) -> dict[str, Any]:
    event = {"kind": "gift.sent", "data": {"combo": combo, "count": count}}
    return {"type": "events", "room": "r", "seq": position, "events": [event]}


def make_seated(position: int, user: str) -> dict[str, Any]:
    event = {"kind": "stage.guest_seated", "data": {"user": {"id": user}, "seat": 1, "kind": "audio"}}
    return {"type": "events", "room": "r", "seq": position, "events": [event]}


def make_stock(left: int) -> dict[str, Any]:
    return {"type": "latest", "room": "r", "values": {"coupon_stock": {"campaigns": {"c": {"left": {"d1": left}}}}}}


def make_worker(*frames: tuple[dict[str, Any], int], room: str = "r") -> Ledger:
    """A worker with one reader of this room, to whom these frames came at these milliseconds."""
    ledger = Ledger(WINDOW, 1)
    reader = Reader(ledger, room, {"epoch": "e", "seq": 0}, 0)
    for frame, at_ms in frames:
        meaning = Meaning(frame)
        reader.see(meaning, at_ms * MS)
        ledger.fold([meaning], 0)
    reader.finish(stayed=True)
    return ledger


def add_up(*workers: Ledger) -> Figures:
    total = Ledger(WINDOW, 1)
    for worker in workers:
        total.merge(worker.pack())
    return read_figures(total, Attendance(2, 2, 2, 2))


def read_span(figures: Figures, kind: str, series: str) -> tuple[int, float]:
    line = figures.find(kind, series)
    assert line is not None
    return line.count, line.max_ms


def test_a_gift_is_shown_by_the_first_event_that_went_as_far() -> None:
    near = make_worker((make_gift(1, "g", 1), 12_020), (make_gift(2, "g", 3), 12_130))
    far = make_worker((make_gift(1, "g", 1), 12_050), (make_gift(2, "g", 3), 12_190))
    far.mark("gift:g").given += [(1, 12 * S), (2, 12 * S + 100 * MS), (3, 12 * S + 110 * MS)]
    figures = add_up(near, far)
    assert figures.faults == {}
    assert read_span(figures, "gift", "each") == (6, 91)
    assert read_span(figures, "gift", "last") == (3, 91)


def test_a_gift_that_no_event_shows_is_lost() -> None:
    worker = make_worker((make_gift(1, "g", 1), 12_020))
    worker.mark("gift:g").given.append((2, 12 * S))
    assert add_up(worker).faults == {"gifts never shown": 1}


def test_the_nth_seat_of_a_guest_belongs_to_the_nth_application() -> None:
    worker = make_worker(
        (make_seated(1, "ann"), 12_200), (make_seated(2, "bob"), 12_500), (make_seated(3, "ann"), 13_900)
    )
    worker.mark("seat:ann").given += [(2, 13 * S), (1, 12 * S)]
    worker.mark("seat:bob").given.append((1, 12 * S))
    assert add_up(worker).series.total("seat", "each").pairs() == [(200, 1), (500, 1), (900, 1)]


def make_claims(stock: int, *taps: tuple[str, str]) -> Ledger:
    ledger = make_worker((make_stock(stock - len(taps)), 12_100))
    ledger.coupon("c").stock = stock
    ledger.total("coupon:c").note_first(-stock)
    for grant, tap in taps:
        ledger.coupon("c").note_grant(grant, tap)
        ledger.total("coupon:c").given.append((12 * S, 1))
    return ledger


@pytest.mark.parametrize(
    ("taps", "faults"),
    [
        ([("one", "1.0"), ("two", "2.0")], {}),
        ([("one", "1.0"), ("one", "2.0")], {"coupon granted twice": 1}),
        ([("one", "1.0"), ("two", "2.0"), ("three", "3.0")], {"coupons oversold": 1}),
    ],
)
def test_coupons_are_granted_once_and_never_too_many(taps: list[tuple[str, str]], faults: dict[str, int]) -> None:
    figures = add_up(make_claims(2, *taps))
    assert {name: times for name, times in figures.faults.items() if "never shown" not in name} == faults


def test_two_workers_see_one_grant_given_twice() -> None:
    one, two = make_claims(9, ("same", "1.0")), make_claims(9, ("same", "2.0"))
    assert add_up(one, two).faults["coupon granted twice"] == 1


def test_sold_out_is_wrong_while_some_are_left_and_right_when_none_is() -> None:
    early, late = make_claims(3, ("one", "1.0")), make_claims(1, ("one", "1.0"))
    early.coupon("c").sold_out = late.coupon("c").sold_out = 2
    assert add_up(early).faults == {"told sold out, and some were left": 2, "coupons never shown": 1}
    assert "told sold out, and some were left" not in add_up(late).faults


def test_another_answer_to_a_repeat_is_wrong() -> None:
    ledger = make_claims(3, ("one", "1.0"))
    ledger.coupon("c").note_repeat("one", "one")
    ledger.coupon("c").note_repeat("two", "one")
    assert add_up(ledger).faults["another answer to a repeat"] == 1


def test_a_score_is_seen_in_both_rooms_and_must_add_up() -> None:
    def score(room: str, points: int) -> dict[str, Any]:
        values = {"battle_scores": {"scores": {"b.r": {"battle": "b", "room": "r", "score": points, "n": points}}}}
        return {"type": "latest", "room": room, "values": values}

    here, there = make_worker((score("r", 200), 12_100)), make_worker((score("q", 200), 12_300), room="q")
    here.total("battle:b.r").given.append((12 * S, 200))
    figures = add_up(here, there)
    assert figures.faults == {}
    assert read_span(figures, "battle", "last") == (1, 301)
    here.total("battle:b.r").given.append((12 * S, 100))
    assert add_up(here, there).faults["battle points lost"] == 100


def make_likes(total: int) -> dict[str, Any]:
    return {"type": "latest", "room": "r", "values": {"likes": {"total": total}}}


@pytest.mark.parametrize(("seen", "behind"), [([5, 7], 0), ([5], 1), ([], 1)])
def test_a_total_that_one_viewer_never_gets_is_not_shown_to_everybody(seen: list[int], behind: int) -> None:
    one = make_worker((make_likes(5), 12_100), (make_likes(7), 12_300))
    other = make_worker(*((make_likes(total), 12_100 + total) for total in seen))
    one.total("like:r").given += [(12 * S, 5), (12 * S + 1, 2)]
    figures = add_up(one, other)
    assert figures.faults == ({"likes not shown to everybody": behind} if behind else {})


@pytest.mark.parametrize(("left", "behind"), [(2, 0), (1, 1)])
def test_who_was_told_nothing_of_a_stock_has_the_whole_of_it(left: int, behind: int) -> None:
    taps = [("one", "1.0")][: 2 - left]
    assert add_up(make_claims(2, *taps), make_worker()).faults.get("coupons not shown to everybody", 0) == behind


def test_a_score_that_one_of_the_rooms_never_sees_is_not_shown_to_everybody() -> None:
    def score(own: str, points: int) -> dict[str, Any]:
        scores = {f"b.{room}": {"battle": "b", "score": points, "n": 1} for room in own}
        return {"type": "latest", "room": "", "values": {"battle_scores": {"scores": scores}}}

    here, there = make_worker((score("rq", 200), 12_100)), make_worker((score("q", 200), 12_300), room="q")
    for room in "rq":
        here.total(f"battle:b.{room}").given.append((12 * S, 200))
    assert add_up(here, there).faults == {"battle points not shown to everybody": 1}


@pytest.mark.parametrize(
    ("score", "points"),
    [
        ({}, [200, 100, 100]),
        ({"first_gift": 150, "gift": 50}, [75, 50, 50]),
        ({"first_gift": 1000, "first_gift_cap": 30}, [130, 100, 100]),
    ],
)
def test_points_follow_the_terms_of_the_battle(score: dict[str, int], points: list[int]) -> None:
    reckoner = Points(score)
    assert [reckoner.reckon(100) for _ in points] == points


def test_users_act_upon_what_the_room_says() -> None:
    def change(kind: str, name: str, **view: Any) -> list[dict[str, Any]]:
        return [{"kind": kind, "data": {name: view}}]

    assert read_events(change("poll.changed", "poll", id="p", status="open"), 1).news == {"poll": "p"}
    closed = read_events(change("poll.changed", "poll", id="p", status="closed", result={"voters": 4}), 1)
    assert (closed.news, closed.totals) == ({}, {"vote:p": 4})
    running = read_events(
        change("battle.changed", "battle", id="b", status="running", terms={"score": {"gift": 50}}), 1
    )
    assert running.news == {"battle": {"id": "b", "score": {"gift": 50}}}
    assert read_events(change("battle.changed", "battle", id="b", status="settled", terms={}), 1).news == {
        "battle": None
    }
    assert read_events([{"kind": "something.new", "data": {}}], 1).news == {}


def test_what_is_over_is_no_value() -> None:
    values = {"battle_scores": {"scores": {"b.r": {"n": 3}}}, "poll_votes": {"polls": {"p": {"n": 2}}}}
    assert read_totals(values, "r") == {}

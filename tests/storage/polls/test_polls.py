"""Polls through the service: one vote for each viewer, a result that is what was taken, and deadlines that survive."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.identity import Identity, Role
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.people import Person
from liveroom.rooms.messages.room import RoomSettings
from liveroom.rooms.service import NewRoom
from tests.rooms.builders import SMALL_SCENE
from tests.storage.polls.hall import FAR_MS, ROOM, Hall, host, opened, viewer
from tests.support.clock import FakeClock

ASKED: dict[str, Any] = {"question": "红色还是蓝色？", "choices": ["红色", "蓝色", "都要"]}
MINUTE_MS = 60_000


async def ask(hall: Hall, key: str = "k1", **more: Any) -> str:
    """Open a poll; gives its id."""
    made: str = (await hall.call(host(), "poll.open", key, **ASKED, **more))["poll"]["id"]
    return made


async def vote(hall: Hall, poll: str, user: str, *choices: str, key: str = "", **traits: Any) -> dict[str, Any]:
    """Tap."""
    return await hall.call(viewer(user, **traits), "poll.vote", key or f"v {poll}", poll=poll, choices=list(choices))


async def count(hall: Hall, poll: str) -> dict[str, Any]:
    """The votes as the facts have them, counted one by one."""
    rows = await hall.read("SELECT answer FROM facts WHERE scope = :scope", scope=f"poll:{poll}")
    taken = [orjson.loads(answer)["choices"] for (answer,) in rows]
    return {"votes": dict(Counter(choice for choices in taken for choice in choices)), "voters": len(taken)}


async def test_everybody_has_one_vote_whatever_their_keys(hall: Hall) -> None:
    poll = await ask(hall)
    first = await vote(hall, poll, "ann", "b")
    assert first == {"outcome": "counted", "choices": ["b"]}
    assert await vote(hall, poll, "ann", "b") == first | {"duplicate": True}
    assert await vote(hall, poll, "ann", "a", key="v2") == {"outcome": "already_voted", "choices": ["b"]}
    answers = await asyncio.gather(*(vote(hall, poll, "bob", "a", key=f"v{at}") for at in range(5)))
    assert Counter(answer["outcome"] for answer in answers) == {"counted": 1, "already_voted": 4}
    await vote(hall, poll, "cat", "a")
    assert (await hall.latest("poll_votes"))["polls"] == {poll: {"votes": {"a": 2, "b": 1}, "voters": 3, "n": 4}}
    assert await count(hall, poll) == {"votes": {"a": 2, "b": 1}, "voters": 3}


async def test_votes_and_the_close_at_the_same_moment_give_a_result_that_is_what_was_taken(hall: Hall) -> None:
    poll = await ask(hall)
    taps = [vote(hall, poll, f"u{at}", "abc"[at % 3]) for at in range(120)]
    close = hall.call(host(), "poll.close", "c1", poll=poll)
    other = hall.call(host("second"), "poll.close", "c2", poll=poll)
    answers = await asyncio.gather(*taps[:60], close, other, *taps[60:])
    closed, again = answers[60], answers[61]
    outcomes = Counter(answer.get("outcome") for answer in answers)
    assert outcomes["counted"] + outcomes["not_open"] == 120
    assert closed["poll"] == again["poll"]
    assert closed["poll"]["result"].get("voters", 0) == outcomes["counted"]
    assert {"votes": {}, "voters": 0} | closed["poll"]["result"] == await count(hall, poll)
    assert (await vote(hall, poll, "late", "a"))["outcome"] == "not_open"
    assert [told["poll"]["status"] for told in await hall.told("poll.changed")] == ["open", "closed"]


async def test_the_clock_closes_in_time_shows_the_result_and_takes_it_away(hall: Hall) -> None:
    poll = await ask(hall, lasts_s=30)
    await vote(hall, poll, "ann", "a")
    await hall.wait(29_500)
    assert (await hall.shown("polls"))[poll]["status"] == "open"
    await hall.wait(500)
    shown = (await hall.shown("polls"))[poll]
    assert (shown["status"], shown["result"]) == ("closed", {"votes": {"a": 1}, "voters": 1})
    assert (await hall.latest("poll_votes"))["polls"] == {poll: {"n": 3}}
    await hall.wait(120_000)
    assert poll not in await hall.shown("polls")
    report = await hall.node.value.polls.all.report(ROOM, poll)
    assert (report.state.status.value, report.tally.voters) == ("hidden", 1)


async def test_a_poll_goes_on_after_a_restart_and_ends_by_its_time(url: str, tmp_path: Path, clock: FakeClock) -> None:
    async with opened(url, tmp_path / "data", clock) as hall:
        poll = await ask(hall, lasts_s=60)
        first = await vote(hall, poll, "ann", "a")
        shown = await hall.shown("polls")
    async with opened(url, tmp_path / "data", clock) as hall:
        assert await hall.shown("polls") == shown
        assert (await hall.latest("poll_votes"))["polls"] == {poll: {"votes": {"a": 1}, "voters": 1, "n": 2}}
        assert await vote(hall, poll, "ann", "a") == first | {"duplicate": True}
        await vote(hall, poll, "bob", "b")
    clock.advance(MINUTE_MS)
    async with opened(url, tmp_path / "data", clock) as hall:
        await hall.wait(500)
        shown = await hall.shown("polls")
        assert shown[poll]["result"] == {"votes": {"a": 1, "b": 1}, "voters": 2}
    clock.advance(2 * MINUTE_MS)
    async with opened(url, tmp_path / "data", clock) as hall:
        await hall.wait(500)
        assert await hall.shown("polls") == {}


async def test_two_nodes_close_a_poll_once(url: str, tmp_path: Path, clock: FakeClock) -> None:
    async with opened(url, tmp_path / "data", clock) as hall, opened(url, tmp_path / "data", clock) as other:
        poll = await ask(hall, lasts_s=30)
        await asyncio.gather(
            vote(hall, poll, "ann", "a"), vote(other, poll, "bob", "b"), vote(other, poll, "ann", "b", key="v2")
        )
        for _ in range(62):
            clock.advance(500)
            await asyncio.gather(*(each.node.value._timers.settle() for each in (hall, other)))
        history = await hall.node.storage.documents.history("poll", poll, 0, 10)
        assert [step.to_state["status"] for step in history] == ["open", "closed"]
        assert history[-1].to_state["result"]["voters"] == 2
        assert len(await hall.webhooks("poll.closed")) == 1


async def test_a_repeated_question_is_the_same_poll_and_another_one_a_conflict(hall: Hall) -> None:
    first = await hall.call(host(), "poll.open", "k1", **ASKED)
    hall.clock.advance(1_000)
    assert await hall.call(host(), "poll.open", "k1", **ASKED) == first | {"duplicate": True}
    with pytest.raises(Refusal) as refused:
        await hall.call(host(), "poll.open", "k1", **ASKED, picks=2)
    assert refused.value.code == ErrorCode.KEY_CONFLICT
    assert (await hall.call(host("second"), "poll.open", "k1", **ASKED))["poll"]["id"] != first["poll"]["id"]
    both = await asyncio.gather(*(hall.call(host(), "poll.open", "k2", **ASKED) for _ in range(2)))
    assert both[0]["poll"] == both[1]["poll"]


async def test_no_more_polls_are_open_than_the_scene_allows(hall: Hall) -> None:
    polls = [await ask(hall, f"k{at}") for at in range(3)]
    await hall.shown("polls")
    with pytest.raises(Refusal) as refused:
        await ask(hall, "k4")
    assert refused.value.facts["state"] == "full"
    assert await ask(hall, "k0") == polls[0]
    await hall.call(host(), "poll.close", poll=polls[0])
    await hall.shown("polls")
    await ask(hall, "k4")


async def test_no_more_polls_are_open_when_many_are_opened_in_one_moment(
    url: str, tmp_path: Path, clock: FakeClock
) -> None:
    async with opened(url, tmp_path / "data", clock) as hall, opened(url, tmp_path / "data", clock) as other:
        asked = [ask(each, f"k{at}") for at in range(4) for each in (hall, other)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        refused = [answer.facts["state"] for answer in answers if isinstance(answer, Refusal)]
        polls = {answer for answer in answers if isinstance(answer, str)}
        assert len(polls) == 3
        assert set(refused) == {"full"}
        await hall.call(host(), "poll.close", poll=min(polls))
        await ask(other, "k9")


async def test_a_secret_poll_tells_its_votes_at_the_end(hall: Hall) -> None:
    poll = await ask(hall, secret=True)
    await vote(hall, poll, "ann", "a")
    assert (await hall.latest("poll_votes"))["polls"] == {poll: {"n": 2}}
    assert (await hall.node.value.polls.all.report(ROOM, poll)).tally.votes == {"a": 1}
    closed = await hall.call(host(), "poll.close", poll=poll)
    assert closed["poll"]["result"] == {"votes": {"a": 1}, "voters": 1}


async def test_a_quiz_tells_what_was_right_when_it_is_closed(hall: Hall) -> None:
    poll = await ask(hall, kind="quiz", right="b")
    assert "right" not in (await hall.shown("polls"))[poll]
    assert "right" not in await vote(hall, poll, "ann", "b")
    closed = await hall.call(host(), "poll.close", poll=poll)
    assert (closed["poll"]["status"], closed["poll"]["right"]) == ("settled", "b")
    [told] = await hall.webhooks("poll.closed")
    assert (told["poll"], told["right"], told["result"]) == (poll, "b", {"votes": {"b": 1}, "voters": 1})


async def test_a_prediction_is_settled_by_the_host(hall: Hall) -> None:
    poll = await ask(hall, kind="prediction")
    await vote(hall, poll, "ann", "b")
    with pytest.raises(Refusal, match=r"possible: poll\.close, poll\.cancel"):
        await hall.call(host(), "poll.settle", poll=poll, right="b")
    await hall.call(host(), "poll.close", poll=poll)
    settled = await hall.call(host(), "poll.settle", poll=poll, right="b")
    assert settled["poll"]["right"] == "b"
    assert [told["right"] for told in await hall.webhooks("poll.settled")] == ["b"]


async def test_who_may_not_vote_is_told_why(hall: Hall) -> None:
    poll = await ask(hall, audience={"member": True, "spent": 100})
    assert (await vote(hall, poll, "ann", "a"))["rule"] == "member"
    assert (await vote(hall, poll, "ann", "a", member_of=["茶友"]))["rule"] == "spent"
    async with hall.node.storage.database.write() as connection:
        await connection.exec_driver_sql("INSERT INTO counters (scope, name, value) VALUES ('spent:demo', 'ann', 100)")
    assert (await vote(hall, poll, "ann", "a", member_of=["茶友"]))["outcome"] == "counted"


async def test_a_join_tells_of_the_own_vote_and_of_nobody_elses(hall: Hall) -> None:
    assert await hall.mine(viewer("ann")) == {}
    poll, other = await ask(hall), await ask(hall, "k2", picks=2)
    await hall.shown("polls")
    assert await hall.mine(viewer("ann")) == {}
    await vote(hall, poll, "ann", "a")
    await vote(hall, other, "ann", "c", "a")
    await vote(hall, other, "bob", "b")
    many = await asyncio.gather(hall.mine(viewer("ann")), hall.mine(viewer("bob")), hall.mine(viewer("cat")))
    assert many == [{"votes": {poll: ("a",), other: ("a", "c")}}, {"votes": {other: ("b",)}}, {}]
    assert await hall.mine(host()) == {}
    await hall.call(host(), "poll.cancel", poll=poll)
    await hall.shown("polls")
    assert await hall.mine(viewer("ann")) == {"votes": {other: ("a", "c")}}


async def test_a_poll_of_another_room_is_not_there(sqlite_hall: Hall) -> None:
    hall = sqlite_hall
    poll = await ask(hall)
    await hall.node.rooms.create(NewRoom("other", "t", "show", Person(id="host", name="h"), RoomSettings()), "op")
    await hall.call(host(), "room.go_live", None, "other")
    for who, type_, more in [
        (host(), "poll.close", {}),
        (host(), "poll.settle", {"right": "a"}),
        (viewer("ann"), "poll.vote", {"choices": ["a"]}),
    ]:
        with pytest.raises(Refusal) as refused:
            await hall.call(who, type_, "x1", "other", poll=poll, **more)
        assert refused.value.code == ErrorCode.NOT_FOUND


async def test_nobody_asks_or_votes_where_nobody_can_talk(sqlite_hall: Hall) -> None:
    hall = sqlite_hall
    poll = await ask(hall, lasts_s=30)
    await hall.call(host(), "room.end")
    for call in (ask(hall, "k2"), vote(hall, poll, "ann", "a")):
        with pytest.raises(Refusal) as refused:
            await call
        assert refused.value.code == ErrorCode.ROOM_NOT_OPEN
    # The poll of a room that has ended ends by its time all the same.
    await hall.wait(30_000)
    assert (await hall.shown("polls"))[poll]["status"] == "closed"


async def test_a_scene_without_polls_says_so(sqlite_url: str, tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "small.toml").write_text(f"{SMALL_SCENE}\n[polls]\non = false\n", "utf-8")
    async with opened(sqlite_url, tmp_path / "data", clock, "small", scenes_dir=tmp_path) as hall:
        with pytest.raises(Refusal) as refused:
            await ask(hall)
        assert (refused.value.code, refused.value.facts["state"]) == (ErrorCode.WRONG_STATE, "off")


async def test_guests_and_hosts_do_not_vote(sqlite_hall: Hall) -> None:
    poll = await ask(sqlite_hall)
    guest = Identity(user_id="g", name="g", role=Role.GUEST, guest=True, expires_at_ms=FAR_MS)
    for who in (guest, host()):
        with pytest.raises(RealtimeError) as refused:
            await sqlite_hall.call(who, "poll.vote", poll=poll, choices=["a"])
        assert refused.value.code == ErrorCode.FORBIDDEN

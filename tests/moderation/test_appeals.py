"""Who was banned may ask to be let in again, once at a time; the staff answers, and granting lifts the ban."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from liveroom.realtime.identity import Role
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.review import AppealStatus
from liveroom.rooms.rules import appeals
from liveroom.rooms.rules.appeals import REST_MS, AppealState, Ask, Deny, Grant
from tests.moderation.theatre import Stage
from tests.rooms.builders import NOW
from tests.support.http_app import ROOM

OPEN = AppealState("r", "ann", "please", NOW)
ASK = Ask("r", "ann", "please")
STATES = {
    None: None,
    AppealStatus.OPEN: OPEN,
    AppealStatus.GRANTED: replace(OPEN, status=AppealStatus.GRANTED),
    AppealStatus.DENIED: replace(OPEN, status=AppealStatus.DENIED, again_at_ms=NOW + REST_MS),
}
EXPECTED: dict[tuple[AppealStatus | None, str], AppealStatus | str] = {
    (None, "ask"): AppealStatus.OPEN,
    (None, "grant"): "not_found",
    (None, "deny"): "not_found",
    (AppealStatus.OPEN, "ask"): AppealStatus.OPEN,
    (AppealStatus.OPEN, "grant"): AppealStatus.GRANTED,
    (AppealStatus.OPEN, "deny"): AppealStatus.DENIED,
    (AppealStatus.GRANTED, "ask"): AppealStatus.OPEN,
    (AppealStatus.GRANTED, "grant"): AppealStatus.GRANTED,
    (AppealStatus.GRANTED, "deny"): "wrong_state",
    (AppealStatus.DENIED, "ask"): "wrong_state",
    (AppealStatus.DENIED, "grant"): "wrong_state",
    (AppealStatus.DENIED, "deny"): AppealStatus.DENIED,
}
COMMANDS: dict[str, appeals.Command] = {"ask": ASK, "grant": Grant("h"), "deny": Deny("h")}


@pytest.mark.parametrize(("status", "command"), EXPECTED)
def test_every_command_in_every_state(status: AppealStatus | None, command: str) -> None:
    expected = EXPECTED[(status, command)]
    if isinstance(expected, AppealStatus):
        assert appeals.apply(STATES[status], COMMANDS[command], NOW).status is expected
        return
    with pytest.raises(Refusal) as refused:
        appeals.apply(STATES[status], COMMANDS[command], NOW)
    assert refused.value.code == expected


def test_after_a_day_they_may_ask_again_and_not_twice_at_once() -> None:
    denied = STATES[AppealStatus.DENIED]
    assert appeals.apply(denied, ASK, NOW + REST_MS).status is AppealStatus.OPEN
    with pytest.raises(Refusal, match="wait for the answer"):
        appeals.apply(OPEN, Ask("r", "ann", "another text"), NOW)
    with pytest.raises(Refusal, match="say why"):
        appeals.apply(None, Ask("r", "ann", " \u200b "), NOW)


async def ask(stage: Stage, user_id: str, text: str = "please") -> tuple[int, Any]:
    """As the banned user."""
    path = f"/api/v1/rooms/{ROOM}/appeal"
    answer = await stage.app.call("POST", path, stage.app.token(user_id), json={"text": text})
    await stage.settle()
    return answer.status_code, answer.json()


async def test_a_granted_appeal_lets_them_in_again(stage: Stage) -> None:
    host = await stage.enter("h", Role.HOST)
    await stage.ask(host, "user.ban", {"user_id": "ann"})
    status, asked = await ask(stage, "ann", "it was my brother")
    assert (status, asked["status"], asked["text"]) == (200, "open", "it was my brother")
    [told] = host.private("appeal.changed")
    assert told["appeal"] == {name: value for name, value in asked.items() if value is not None}
    assert [each["user_id"] for each in (await stage.call("GET", "/appeals"))["appeals"]] == ["ann"]
    answer = await stage.ask(host, "appeal.decide", {"user_id": "ann", "grant": True})
    assert answer["data"]["appeal"]["status"] == "granted"
    assert "error" not in await (await stage.line("ann")).join(room=ROOM)
    own = await stage.app.call("GET", f"/api/v1/rooms/{ROOM}/appeal", stage.app.token("ann"))
    assert own.json()["status"] == "granted"
    acts = [each["act"] for each in (await stage.call("GET", "/audit?subject=ann"))["entries"]]
    assert acts[-2:] == ["appeal.ask", "user.ban"]
    assert set(acts[:-2]) == {"appeal.decide"}


async def test_a_decision_that_is_refused_or_was_made_already_lifts_no_ban(stage: Stage) -> None:
    host = await stage.enter("h", Role.HOST)
    grant = {"user_id": "ann", "grant": True}
    await stage.ask(host, "user.ban", {"user_id": "ann"})
    assert (await stage.ask(host, "appeal.decide", grant))["error"]["code"] == "not_found", "nobody has asked"
    assert (await (await stage.line("ann")).join(room=ROOM))["error"]["code"] == "banned"
    await ask(stage, "ann")
    assert (await stage.ask(host, "appeal.decide", grant))["data"]["appeal"]["status"] == "granted"
    await stage.ask(host, "user.ban", {"user_id": "ann"})
    assert (await stage.ask(host, "appeal.decide", grant))["data"]["appeal"]["status"] == "granted", "a repeat"
    assert (await (await stage.line("ann")).join(room=ROOM))["error"]["code"] == "banned", "by what came after it"


async def test_a_denied_one_leaves_the_ban(stage: Stage) -> None:
    await stage.call("POST", "/bans", {"user_id": "ann"})
    await ask(stage, "ann")
    answer = await stage.call("POST", "/appeals/ann", {"grant": False})
    assert answer["status"] == "denied"
    assert (await (await stage.line("ann")).join(room=ROOM))["error"]["code"] == "banned"
    status, refused = await ask(stage, "ann", "please please")
    assert (status, refused["error"]["code"], refused["error"]["again_at"]) == (409, "wrong_state", answer["again_at"])


async def test_only_who_is_banned_asks_and_rank_counts(stage: Stage) -> None:
    status, refused = await ask(stage, "ann")
    assert (status, refused["error"]["code"]) == (409, "wrong_state")
    await stage.call("POST", "/bans", {"user_id": "ann"})
    await ask(stage, "ann")
    moderator = await stage.enter("mod", Role.MODERATOR)
    refused = await stage.ask(moderator, "appeal.decide", {"user_id": "ann", "grant": True})
    assert refused["error"]["code"] == "forbidden"
    assert (await (await stage.line("ann")).join(room=ROOM))["error"]["code"] == "banned"
    missing = await stage.ask(moderator, "appeal.decide", {"user_id": "nobody", "grant": False})
    assert missing["error"]["code"] == "not_found"

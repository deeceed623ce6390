"""What is due at a time is done once, whichever node has set it, also when that one is gone by then."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from tests.nodes.conftest import Deployment
from tests.nodes.watching import Person, enter
from tests.support.server import Server

SOON_MS = 2_000
CAMPAIGN_MS = 10_000
"""It has to be created and begun before it ends: two calls."""
CAMPAIGN = {"name": "short", "currency": "CNY", "value": {"kind": "fixed", "amount": 500}, "valid_s": 86_400}
Event = dict[str, Any]
_numbers = itertools.count(1)


def soon(after_ms: int = SOON_MS) -> int:
    """In a moment, by the clock of this machine."""
    return int(time.time() * 1000) + after_ms


def carry_out(person: Person, type_: str, **data: object) -> dict[str, Any]:
    """A command that has to take effect; gives the data of its ack."""
    return dict(person.succeed(type_, f"d{next(_numbers)}", **data)["data"])


def hear_until(person: Person, told: list[Event], holds: Callable[[Event], bool]) -> None:
    """Note all events up to one that fulfils the condition."""
    while not any(holds(event) for event in told):
        told += person.hear("events")["events"]


def is_battle(status: str) -> Callable[[Event], bool]:
    """Whether an event tells of a battle in this status."""
    return lambda event: event["kind"] == "battle.changed" and event["data"]["battle"]["status"] == status


def is_over(event: Event) -> bool:
    """Whether it tells of the end of a campaign."""
    return event["kind"] == "campaign.changed" and event["data"]["change"] == "ended"


def has_left(event: Event) -> bool:
    """Whether it tells of a guest whose turn is over."""
    return event["kind"] == "stage.guest_left" and event["data"]["reason"] == "time_up"


def seat(host: Person, guest: Person) -> None:
    """The guest gets a seat, and its turn ends soon."""
    user_id = f"guest-{host.room}"
    carry_out(guest, "stage.apply", kind="audio")
    carry_out(host, "stage.accept", user_id=user_id)
    for after_ms in (SOON_MS, 5 * SOON_MS, 25 * SOON_MS):
        answer = host.do("stage.set_turn", f"d{next(_numbers)}", user_id=user_id, ends_at=soon(after_ms))
        if answer["type"] == "ack":
            return
    raise AssertionError(f"the end of a turn has always passed before it is set: {answer}")


def run_campaign(server: Server, room: str) -> None:
    """A campaign that ends soon, with its only drop."""
    drops = [{"ends_at": soon(CAMPAIGN_MS), "stock": 5}]
    server.call("POST", f"/rooms/{room}/campaigns", id=f"c_{room}", drops=drops, **CAMPAIGN)
    server.call("POST", f"/rooms/{room}/campaigns/c_{room}/activate")


def test_rooms_of_two_nodes_fight_and_every_deadline_takes_effect_once(nodes: Deployment) -> None:
    """The hosts are on different nodes, so is everything else; viewers of both are told the same."""
    left = nodes.a.create_room("left", host="host-left", comments_per_s=0)
    right = nodes.b.create_room("right", host="host-right", comments_per_s=0)
    with ExitStack() as stack:

        def come(server: Server, user_id: str, room: str, role: str = "viewer") -> Person:
            return stack.enter_context(enter(server, user_id, room, role))

        host, rival = come(nodes.a, "host-left", left, "host"), come(nodes.b, "host-right", right, "host")
        here, there = come(nodes.a, "here", left), come(nodes.b, "there", left)
        seat(host, come(nodes.b, "guest-left", left))
        run_campaign(nodes.b, left)
        battle = carry_out(host, "battle.invite", opponents=[right], invite_s=60)["battle"]["id"]
        carry_out(rival, "battle.accept", battle=battle)
        told: dict[Person, list[Event]] = {here: [], there: []}
        for person, events in told.items():
            hear_until(person, events, is_battle("running"))
        carry_out(there, "battle.vote", battle=battle, to=right)
        here.hear_value("battle_scores", lambda value: is_scored(value, right, 10))
        carry_out(host, "battle.quit", battle=battle)
        for person, events in told.items():
            for holds in (is_battle("settled"), is_over, has_left):
                hear_until(person, events, holds)
        host.comment("the end")
        for person, events in told.items():
            hear_until(person, events, lambda event: event["data"].get("text") == "the end")
    assert told[here] == told[there]
    happened = Counter(name(event) for event in told[here])
    for once in ("guest left: time_up", "campaign ended", "battle running", "battle settled"):
        assert happened[once] == 1, happened
    versions = [event["data"]["battle"]["version"] for event in told[here] if event["kind"] == "battle.changed"]
    assert len(versions) == len(set(versions))


def is_scored(value: dict[str, Any], room: str, points: int) -> bool:
    """Whether these scores have so many points for a room."""
    scores = value.get("scores", {})
    return any(each.get("room") == room and each.get("score") == points for each in scores.values())


def name(event: Event) -> str:
    """What happened, in short."""
    data = event["data"]
    if event["kind"] == "battle.changed":
        return f"battle {data['battle']['status']}"
    if event["kind"] == "stage.guest_left":
        return f"guest left: {data['reason']}"
    return f"campaign {data['change']}" if event["kind"] == "campaign.changed" else event["kind"]


def test_what_a_node_that_died_would_have_done_another_does(nodes: Deployment) -> None:
    room = nodes.b.create_room("orphaned", host="host-orphaned")
    with ExitStack() as stack:
        mortal = stack.enter_context(nodes.shared.run_node("mortal"))
        guest = stack.enter_context(enter(nodes.b, f"guest-{room}", room))
        with enter(mortal, f"host-{room}", room, "host") as host:
            seat(host, guest)
            mortal.kill()
        guest.hear_event(has_left)

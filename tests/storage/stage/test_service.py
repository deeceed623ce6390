"""The stage in a room: who asks is answered, who is concerned is told, who joins finds it as it is."""

from __future__ import annotations

import asyncio

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.identity import Role
from liveroom.rooms.messages.stage import ApplyForStage
from liveroom.rooms.messages.stage_view import StageKind
from tests.storage.stage.hall import ROOM, Guest, Hall

VIDEO = {"kind": "video"}


async def take_seat(guest: Guest, host: Guest, user_id: str) -> None:
    """Somebody applies and is accepted."""
    await guest.ask("stage.apply", VIDEO)
    answer = await host.ask("stage.accept", {"user_id": user_id})
    assert answer["stage"]["standing"] == "seated", answer


async def test_from_the_application_to_the_seat_everybody_is_told_what_is_theirs(hall: Hall) -> None:
    host, ann, bob = await hall.enter("host", Role.HOST), await hall.enter("ann"), await hall.enter("bob")
    answer = await ann.ask("stage.apply", {"kind": "video", "line": "about  tea"})
    assert answer["user_id"] == "ann"
    assert (answer["stage"]["standing"], answer["stage"]["place"]) == ("waiting", 1)
    queue = (await host.told("stage.queue_changed"))["queue"]
    assert [(each["user"]["id"], each["line"]) for each in queue["waiting"]] == [("ann", "about tea")]
    await bob.seen("stage.changed", lambda data: data["stage"]["waiting"] == 1)
    await host.ask("stage.accept", {"user_id": "ann"})
    granted = await ann.told("stage.place_changed", lambda data: data["stage"]["standing"] == "seated")
    assert granted["stage"]["grant"] == {"seat": 1, "kinds": ["audio", "video"]}
    assert (await bob.seen("stage.guest_seated"))["user"] == {"id": "ann", "name": "Ann"}
    shown = await bob.seen("stage.changed", lambda data: data["stage"]["waiting"] == 0)
    assert shown["stage"]["seats"][0]["guest"]["user"]["id"] == "ann"
    assert not bob.private("stage.place_changed")
    assert not bob.private("stage.queue_changed")


async def test_who_joins_finds_the_stage_their_own_part_and_the_staff_the_queue(hall: Hall) -> None:
    host, ann = await hall.enter("host", Role.HOST), await hall.enter("ann")
    await take_seat(ann, host, "ann")
    bob = await hall.enter("bob")
    await bob.ask("stage.apply", VIDEO)
    joined = await (await hall.connect("ann")).ask("room.join")
    assert joined["me"]["stage"]["grant"]["seat"] == 1
    assert "stage_queue" not in joined["me"]
    assert joined["snapshot"]["stages"][ROOM]["seats"][0]["status"] == "taken"
    joined = await (await hall.connect("host", Role.HOST)).ask("room.join")
    assert [each["user"]["id"] for each in joined["me"]["stage_queue"]["waiting"]] == ["bob"]
    joined = await (await hall.connect("cid")).ask("room.join")
    assert not {"stage", "stage_queue"} & set(joined["me"])


async def test_ten_who_are_accepted_in_one_moment_get_the_seats_there_are(hall: Hall) -> None:
    host = await hall.enter("host", Role.HOST)
    people = [await hall.enter(f"u{number}") for number in range(10)]
    await asyncio.gather(*(each.ask("stage.apply", VIDEO) for each in people))
    answers = await asyncio.gather(*(host.ask("stage.accept", {"user_id": f"u{number}"}) for number in range(10)))
    seats = sorted(answer["stage"]["grant"]["seat"] for answer in answers if "stage" in answer)
    assert seats == [1, 2, 3, 4, 5, 6]
    assert {answer["reason"] for answer in answers if "stage" not in answer} == {"stage_full"}


async def test_a_repeat_of_what_took_effect_is_answered_the_same(hall: Hall) -> None:
    host, ann = await hall.enter("host", Role.HOST), await hall.enter("ann")
    first = await ann.ask("stage.apply", VIDEO, key="k")
    assert await ann.ask("stage.apply", VIDEO, key="k") == first
    seated = await host.ask("stage.accept", {"user_id": "ann"})
    assert await host.ask("stage.accept", {"user_id": "ann"}) == seated


async def test_an_invitation_is_answered_by_who_was_invited(hall: Hall) -> None:
    host, ann = await hall.enter("host", Role.HOST), await hall.enter("ann")
    await host.ask("stage.invite", {"user_id": "ann", "kind": "audio"})
    invited = await ann.told("stage.place_changed")
    assert invited["stage"]["invited_by"] == {"id": "host", "name": "Host"}
    answer = await ann.ask("stage.answer", {"accept": True})
    assert answer["stage"]["grant"] == {"seat": 1, "kinds": ["audio"]}


async def test_seats_are_locked_and_reserved_and_the_queue_can_be_closed(hall: Hall) -> None:
    host, ann = await hall.enter("host", Role.HOST), await hall.enter("ann")
    assert await host.ask("stage.lock", {"seat": 1}) == {"seat": 1, "status": "locked"}
    assert await host.ask("stage.reserve", {"seat": 2, "user_id": "ann"}) == {"seat": 2, "status": "reserved"}
    refused = await host.ask("stage.lock", {"seat": 9})
    assert (refused["code"], refused["reason"]) == ("not_found", "no_such_seat")
    answer = await ann.ask("stage.apply", VIDEO)
    assert answer["stage"]["grant"]["seat"] == 2
    configured = await host.ask("stage.configure", {"applications": False})
    assert configured["stage"]["status"] == "closed"
    refused = await (await hall.enter("bob")).ask("stage.apply", VIDEO)
    assert refused["reason"] == "stage_closed"


async def test_the_devices_of_both_sides_are_kept_apart(hall: Hall) -> None:
    host, ann = await hall.enter("host", Role.HOST), await hall.enter("ann")
    await take_seat(ann, host, "ann")
    await host.ask("stage.allow", {"user_id": "ann", "mic": False})
    answer = await ann.ask("stage.switch", {"mic": True})
    assert answer["stage"]["grant"]["kinds"] == ["video"]
    shown = await host.seen("stage.changed", lambda data: not data["stage"]["seats"][0]["guest"]["mic"]["allowed"])
    assert shown["stage"]["seats"][0]["guest"]["mic"] == {"on": True, "allowed": False}


async def test_a_guest_who_drops_keeps_the_seat_for_a_while(hall: Hall) -> None:
    host, ann = await hall.enter("host", Role.HOST), await hall.enter("ann")
    await take_seat(ann, host, "ann")
    ann.hang_up()
    await hall.wait(2_000)
    shown = await host.seen("stage.changed", lambda data: data["stage"]["seats"][0]["guest"].get("away", False))
    assert shown["stage"]["seats"][0]["status"] == "taken"
    back = await hall.enter("ann")
    await hall.wait(1_000)
    await host.seen("stage.changed", lambda data: not data["stage"]["seats"][0]["guest"].get("away", False))
    back.hang_up()
    await hall.wait(25_000)
    left = await host.seen("stage.guest_left")
    assert (left["user"]["id"], left["reason"]) == ("ann", "dropped")


async def test_who_applied_and_is_connected_nowhere_leaves_the_queue(hall: Hall) -> None:
    host = await hall.enter("host", Role.HOST)
    await hall.call("far", "stage.apply", ApplyForStage(kind=StageKind.AUDIO))
    await hall.wait(30_000)
    assert (await host.told("stage.queue_changed", lambda data: not data["queue"]["total"]))["queue"]["waiting"] == []


async def test_an_application_expires_and_its_owner_is_told(hall: Hall) -> None:
    await hall.change_scene(apply_s=10)
    ann = await hall.enter("ann")
    await ann.ask("stage.apply", VIDEO)
    await hall.wait(12_000)
    ended = await ann.told("stage.place_changed", lambda data: data["stage"]["standing"] == "absent")
    assert ended["stage"]["ended"]["reason"] == "expired"


async def test_the_end_of_the_show_ends_the_stage_and_the_next_show_begins_with_an_empty_one(hall: Hall) -> None:
    host, ann = await hall.enter("host", Role.HOST), await hall.enter("ann")
    await take_seat(ann, host, "ann")
    await host.ask("room.end")
    left = await host.seen("stage.guest_left")
    assert left["reason"] == "closed"
    assert (await ann.ask("stage.apply", VIDEO))["code"] == "room_not_open"
    await host.ask("room.go_live")
    answer = await ann.ask("stage.apply", VIDEO)
    assert answer["stage"]["place"] == 1


async def test_who_is_banned_is_off_the_stage(hall: Hall) -> None:
    host, ann = await hall.enter("host", Role.HOST), await hall.enter("ann")
    await take_seat(ann, host, "ann")
    await host.ask("user.ban", {"user_id": "ann"})
    assert (await host.seen("stage.guest_left"))["reason"] == "banned"


async def test_a_scene_without_a_stage_says_so(hall: Hall) -> None:
    room = await hall.node.rooms.room(ROOM)
    room.scene = room.scene.model_copy(update={"stage": None})
    refused = await (await hall.enter("ann")).ask("stage.apply", VIDEO)
    assert (refused["code"], refused["reason"]) == ("wrong_state", "stage_off")


async def test_while_the_database_is_away_a_guest_is_told_to_try_again(hall: Hall) -> None:
    ann = await hall.enter("ann")
    documents = hall.node.storage.documents

    async def fail(*_: object, **__: object) -> None:
        raise RealtimeError(ErrorCode.UNAVAILABLE, "away", retry_after_ms=500)

    load, documents.load = documents.load, fail  # type: ignore[method-assign, assignment] - a database that is away
    refused = await ann.ask("stage.apply", VIDEO)
    assert (refused["code"], refused["retryable"]) == ("unavailable", True)
    documents.load = load  # type: ignore[method-assign] - it is back
    assert (await ann.ask("stage.apply", VIDEO))["stage"]["standing"] == "waiting"

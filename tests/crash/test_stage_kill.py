"""A server is killed while one has a seat, one waits and one is invited; the next server goes on with all of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from tests.crash.person import Order, Person
from tests.support.server import Server, running_server

ROOM = "seats"


async def ask(person: Person, type_: str, **data: Any) -> dict[str, Any]:
    """A command that is answered; gives the data of its ack."""
    order = await person.ask(Order(type_, person.user, f"{person.user}-{type_}", data))
    assert order.answer is not None
    assert order.answer["type"] == "ack", order.answer
    told: dict[str, Any] = order.answer["data"]
    return told


async def gather(server: Server) -> dict[str, Person]:
    """The host and three viewers."""
    roles = {"host": "host", "ann": "viewer", "bob": "viewer", "cid": "viewer"}
    return {user: await Person(server, user, ROOM, role).enter(server) for user, role in roles.items()}


async def begin(server: Server) -> None:
    """Each viewer has another standing; then the server is killed."""
    people = await gather(server)
    for name in ("ann", "bob"):
        await ask(people[name], "stage.apply", kind="video")
    await ask(people["host"], "stage.accept", user_id="ann")
    await ask(people["host"], "stage.invite", user_id="cid", kind="audio")
    await asyncio.to_thread(server.kill)
    for person in people.values():
        await person.gone.wait()


async def go_on(server: Server) -> None:
    """All is as it was, and goes on."""
    people = await gather(server)
    taken = await ask(people["cid"], "stage.answer", accept=True)
    assert taken["stage"]["standing"] == "seated"
    moved = await ask(people["host"], "stage.move", user_id="ann", seat=4)
    assert moved["stage"]["grant"]["seat"] == 4
    accepted = await ask(people["host"], "stage.accept", user_id="bob")
    assert accepted["stage"]["standing"] == "seated"
    for person in people.values():
        person.leave()
        await person.gone.wait()


def test_a_killed_server_forgets_nobody_on_the_stage(tmp_path: Path) -> None:
    settings = {"LIVEROOM_DATA_DIR": str(tmp_path), "LIVEROOM_DRAIN_S": "0"}
    with running_server(**settings) as server:
        server.create_room(ROOM)
        asyncio.run(begin(server))
    with running_server(**settings) as server:
        asyncio.run(go_on(server))

"""What a restart keeps: rooms, bans and who was there before; and what clients are told about the rest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.raw_socket import ConnectedSocket, connect, open_socket
from tests.support.server import Server, running_server

ROOM = "kept"


@contextmanager
def server_on(data_dir: Path) -> Iterator[Server]:
    """A server that keeps its data there and does not wait for anybody at its end."""
    with running_server(LIVEROOM_DATA_DIR=str(data_dir), LIVEROOM_DRAIN_S="0") as server:
        yield server


def enter(server: Server, user_id: str) -> ConnectedSocket:
    """A viewer who enters the room, or is told why not."""
    return connect(server.port, server.token(user_id), [ROOM])


def hear_welcome(raw: ConnectedSocket) -> dict[str, Any]:
    """The data of the welcome."""
    while True:
        for event in raw.hear("private")["events"]:
            if event["kind"] == "welcome.shown":
                data: dict[str, Any] = event["data"]
                return data


def comment(raw: ConnectedSocket) -> int:
    """Say something; gives its number in the room."""
    raw.say(id=2, type="comment.send", room=ROOM, data={"text": "hello"})
    return int(raw.hear("ack")["seq"])


@dataclass(frozen=True, slots=True)
class Restarted:
    """A server on the data of one that was ended with SIGKILL while a show ran.

    Ann was there once before, Bob is banned, Zed is shut out of everything; `seen` is the position of a viewer at the
    end.
    """

    server: Server
    seen: dict[str, Any]


@pytest.fixture(scope="module")
def restarted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restarted]:
    """See the class; one for all tests, each with viewers of its own."""
    data_dir = tmp_path_factory.mktemp("data")
    with server_on(data_dir) as server:
        server.create_room(ROOM, live=False)
        server.call("POST", f"/rooms/{ROOM}/open")
        with enter(server, "ann") as ann:
            assert hear_welcome(ann)["first_visit"] is True
            server.stop()
    with server_on(data_dir) as server:
        server.call("POST", f"/rooms/{ROOM}/go_live")
        with enter(server, "cat") as cat:
            server.call("POST", f"/rooms/{ROOM}/bans", user_id="bob", reason="spam")
            server.call("POST", "/bans", user_id="zed", seconds=600)
            seen = {"epoch": cat.connected["rooms"][ROOM]["epoch"], "seq": comment(cat)}
            server.kill()
    with server_on(data_dir) as server:
        yield Restarted(server, seen)


def test_a_room_and_its_show_survive_a_kill(restarted: Restarted) -> None:
    """The same show, and it goes on: comments are taken at once."""
    found = restarted.server.call("GET", f"/rooms/{ROOM}").json()
    assert found["room"]["status"] == "live"
    with enter(restarted.server, "eve") as eve:
        assert eve.connected["rooms"][ROOM]["snapshot"]["show"] == found["show"]
        assert comment(eve) > 0


def test_a_ban_survives_a_kill(restarted: Restarted) -> None:
    """Of the one who is banned and of nobody else."""
    with enter(restarted.server, "bob") as bob, enter(restarted.server, "fay") as fay:
        assert bob.connected["rooms"][ROOM]["error"]["code"] == "banned"
        assert "error" not in fay.connected["rooms"][ROOM]


def test_a_ban_from_the_whole_server_survives_a_kill(restarted: Restarted) -> None:
    """And can be lifted by the server that has found it."""
    for is_out in (True, False):
        with open_socket(restarted.server.port) as zed:
            zed.say(id=1, type="connect", token=restarted.server.token("zed"), rooms={ROOM: {}})
            assert (zed.hear("error" if is_out else "connected")["type"] == "error") is is_out
        restarted.server.call("DELETE", "/bans/zed")


def test_who_was_there_before_returns(restarted: Restarted) -> None:
    """Also who was still there when the first server was stopped."""
    with enter(restarted.server, "ann") as ann, enter(restarted.server, "dan") as dan:
        assert ann.connected["rooms"][ROOM]["me"]["visit"] == {"number": 2, "first": False}
        assert hear_welcome(ann)["returning"] is True
        assert hear_welcome(dan)["returning"] is False


def test_a_position_from_before_the_kill_is_answered_with_a_snapshot(restarted: Restarted) -> None:
    """A new epoch: never events that would be taken for the missed ones."""
    with connect(restarted.server.port, restarted.server.token("cat"), []) as cat:
        cat.say(id=3, type="room.join", room=ROOM, data=restarted.seen)
        joined = cat.hear("ack")["data"]
        assert joined["epoch"] != restarted.seen["epoch"]
        assert joined["recovered"] is False
        assert joined["snapshot"]["room"]["status"] == "live"

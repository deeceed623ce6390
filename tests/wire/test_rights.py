"""Who may do what: every command of the catalogue for every role, guests, bans, and the caps on arrivals."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from liveroom.realtime.catalogue import catalogue
from liveroom.realtime.identity import Role
from liveroom.rooms import service as _declares_the_commands  # noqa: F401 - importing fills the catalogue
from tests.support.raw_socket import ConnectedSocket, RawSocket, connect, make_request, open_socket
from tests.support.server import Server, running_server
from tests.wire.samples import SAMPLES

FEW = 20
"""Commands on one connection: who goes on doing what is forbidden is closed."""


@pytest.fixture(scope="module")
def rooms(server: Server) -> dict[Role, str]:
    """A room of its own for each role."""
    return {role: server.create_room(f"rights_{role.value}") for role in Role}


def test_every_command_has_a_sample() -> None:
    """A new command is not forgotten here."""
    assert set(SAMPLES) == set(catalogue.commands)


@pytest.mark.parametrize("role", list(Role))
def test_each_role_may_send_exactly_what_is_declared_for_it(server: Server, rooms: dict[Role, str], role: Role) -> None:
    """`forbidden` for the rest; a command that is allowed may still be refused for another reason (S4)."""
    room = rooms[role]
    token = None if role is Role.GUEST else server.token(f"u_{role.value}", role=role.value, rooms=[room])
    names = list(SAMPLES)
    refused: set[str] = set()
    for begin in range(0, len(names), FEW):
        # More on one connection would be answered with its rate, not with the role.
        with connect(server.port, token, [room]) as raw:
            refused |= {name for name in names[begin : begin + FEW] if is_forbidden(raw, name, room)}
    assert refused == {name for name, declared in catalogue.commands.items() if role not in declared.roles}


def is_forbidden(raw: ConnectedSocket, name: str, room: str) -> bool:
    """Send a command and look at its answer."""
    addressed = {"room": room} if catalogue.commands[name].room else {}
    raw.say(id=50, type=name, data=SAMPLES[name], **addressed)
    while (answer := json.loads(raw.read_frame().payload)).get("id") != 50:
        pass
    return bool(answer["type"] == "error" and answer["error"]["code"] == "forbidden")


@pytest.mark.parametrize("role", [Role.HOST, Role.MODERATOR])
def test_a_role_tied_to_one_room_does_not_hold_in_another(server: Server, role: Role) -> None:
    """A host elsewhere is a viewer here (L2)."""
    room = server.create_room(f"elsewhere_{role.value}")
    with connect(server.port, server.token("visiting", role=role.value, rooms=["their_own"]), [room]) as raw:
        assert is_forbidden(raw, "user.ban", room)
        assert is_forbidden(raw, "room.end", room)


def test_a_viewer_whose_token_is_for_other_rooms_is_kept_out(server: Server) -> None:
    """In the place of the room."""
    room = server.create_room("members_only")
    with connect(server.port, server.token("outsider", rooms=["another"]), [room]) as raw:
        assert raw.connected["rooms"][room]["error"]["code"] == "forbidden"


def test_guests_enter_where_the_room_lets_them(server: Server) -> None:
    """A setting of each room; the connection itself goes on."""
    open_to_all = server.create_room("with_guests", guests=True)
    closed = server.create_room("without_guests", guests=False)
    with connect(server.port, rooms=[open_to_all, closed]) as raw:
        assert raw.connected["rooms"][open_to_all]["room"] == open_to_all
        assert raw.connected["rooms"][closed]["error"]["code"] == "guests_not_allowed"
        raw.say(id=2, type="room.join", room=closed)
        assert raw.hear("error")["error"]["code"] == "guests_not_allowed"


def test_a_guest_token_brings_the_same_guest_back(server: Server) -> None:
    """And nothing more than a guest."""
    with connect(server.port) as first:
        token = first.connected["guest_token"]
    with connect(server.port, token) as second:
        assert second.connected["user"] == first.connected["user"]
        assert second.connected["user"]["role"] == "guest"


def test_a_ban_removes_a_user_on_all_connections_and_keeps_them_out(server: Server) -> None:
    """`left`, then `banned` at each try; other rooms are not concerned, and a lifted ban lets in again."""
    room, other = server.create_room("banning"), server.create_room("not_banning")
    token = server.token("nuisance")
    with connect(server.port, token, [room, other]) as first, connect(server.port, token, [room]) as second:
        server.call("POST", f"/rooms/{room}/bans", user_id="nuisance")
        for raw in (first, second):
            left = raw.hear("left")
            assert (left["room"], left["code"]) == (room, "banned")
        first.say(id=2, type="room.join", room=room)
        assert first.hear("error")["error"]["code"] == "banned"
        first.say(id=3, type="comment.send", room=room, data={"text": "still here?"})
        assert first.hear("error")["error"]["code"] == "not_joined"
        first.say(id=4, type="comment.send", room=other, data={"text": "here I may"})
        assert first.hear("ack")["id"] == 4
        server.call("DELETE", f"/rooms/{room}/bans/nuisance")
        second.say(id=2, type="room.join", room=room)
        assert second.hear("ack")["data"]["room"] == room


def test_a_ban_from_everything_closes_with_4403(server: Server) -> None:
    """All connections, and the next `connect`."""
    token = server.token("worse")
    with connect(server.port, token) as first, connect(server.port, token) as second:
        server.call("POST", "/bans", user_id="worse")
        for raw in (first, second):
            assert raw.hear("disconnect")["reconnect"] is False
            assert raw.read_close()[0] == 4403
    with open_socket(server.port) as again:
        again.say(type="connect", id=1, token=token)
        assert again.hear("error")["error"]["code"] == "banned"
        assert again.read_close()[0] == 4403
    server.call("DELETE", "/bans/worse")
    with connect(server.port, token) as back:
        assert back.connected["user"]["id"] == "worse"


@pytest.fixture(scope="module")
def small() -> Iterator[Server]:
    """A server that takes few, behind a proxy it trusts."""
    with running_server(
        LIVEROOM_MAX_CONNECTIONS="6",
        LIVEROOM_MAX_CONNECTIONS_PER_IP="2",
        LIVEROOM_TRUSTED_PROXIES="127.0.0.0/8",
        LIVEROOM_DRAIN_S="0",
    ) as small:
        yield small


class TestCaps:
    """How many may come."""

    def arrive(self, server: Server, address: str, **more: Any) -> RawSocket:
        """A handshake from an address, as the proxy tells it."""
        raw = RawSocket(server.port)
        self.answer = raw.upgrade(x_forwarded_for=address, **more)
        return raw

    def test_one_address_has_so_many_and_no_more(self, small: Server) -> None:
        """503 with Retry-After; a place that is left can be taken; what a stranger forwards is not believed."""
        with self.arrive(small, "203.0.113.1"), self.arrive(small, "203.0.113.1") as second:
            assert self.answer.status == 101
            with self.arrive(small, "203.0.113.1"):
                assert self.answer.status == 503
                assert int(self.answer.headers["retry-after"]) > 0
            with self.arrive(small, "198.51.100.1, 203.0.113.1"):
                assert self.answer.status == 503
            with self.arrive(small, "198.51.100.1", more=[("X-Forwarded-For", "203.0.113.1")]):
                assert self.answer.status == 503
            with self.arrive(small, "203.0.113.2"):
                assert self.answer.status == 101
            second.close()
            second.read_close()
            second.read_end()
            with self.arrive(small, "203.0.113.1"):
                assert self.answer.status == 101

    def test_a_full_server_says_so(self, small: Server) -> None:
        """503 with Retry-After, whatever the address."""
        present = [self.arrive(small, f"203.0.113.{10 + number}") for number in range(12)]
        assert self.answer.status == 503
        assert int(self.answer.headers["retry-after"]) > 0
        for raw in present:
            raw.socket.close()

    def test_too_many_at_once_are_asked_to_come_later(self) -> None:
        """A burst of twice the rate is taken, the rest gets 503 with Retry-After."""
        with running_server(LIVEROOM_HANDSHAKES_PER_S="3", LIVEROOM_DRAIN_S="0") as slow:
            with ExitStack() as stack:
                sockets = [stack.enter_context(RawSocket(slow.port)) for _ in range(40)]
                started = time.monotonic()
                for raw in sockets:
                    raw.send(make_request())
                seen = [raw.read_answer() for raw in sockets]
            taken = sum(answer.status == 101 for answer in seen)
            assert 6 <= taken <= 6 + 3 * (time.monotonic() - started) + 1
            refused = [answer for answer in seen if answer.status == 503]
            assert len(refused) == len(seen) - taken
            assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)

"""Workers share a port with each other and with nobody else."""

from __future__ import annotations

import socket

import pytest

from liveroom.server.errors import ConfigurationRefused
from liveroom.server.workers.door import open_sockets, reserve


def close(sockets: list[socket.socket]) -> None:
    """Let the port go."""
    for each in sockets:
        each.close()


def test_connections_go_to_those_who_listen() -> None:
    """The sockets that only hold the port get none."""
    port, held = reserve("127.0.0.1", 0)
    workers = [open_sockets("127.0.0.1", port, is_shared=True)[0] for _ in range(2)]
    accepted = []
    for each in workers:
        each.listen(64)
        each.setblocking(False)
    callers = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(32)]
    for each in workers:
        while True:
            try:
                accepted.append(each.accept()[0])
            except BlockingIOError:
                break
    assert len(accepted) == len(callers)
    close([*held, *workers, *accepted, *callers])


@pytest.mark.parametrize("is_shared", [False, True])
def test_a_port_that_is_taken_is_refused(is_shared: bool) -> None:
    """Also when the other program would share it: another deployment of the same user."""
    taken = open_sockets("127.0.0.1", 0, is_shared=is_shared)
    taken[0].listen()
    with pytest.raises(ConfigurationRefused, match="LIVEROOM_PORT"):
        reserve("127.0.0.1", taken[0].getsockname()[1])
    close(taken)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(ConfigurationRefused, match=r"192\.0\.2\.1"):
        reserve("192.0.2.1", 0)


def test_every_address_of_a_host_has_the_same_port() -> None:
    port, held = reserve("localhost", 0)
    assert {each.getsockname()[1] for each in held} == {port}
    close(held)

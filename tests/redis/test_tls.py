"""`rediss://`: the same engine over TLS, and not a byte to a server whose certificate is not the right one.

The Valkey of the tests has no TLS of its own; a line in front of it has.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from liveroom.realtime.backplane.redis import read_location
from liveroom.realtime.backplane.redis.dial import Dialler
from liveroom.realtime.clock import LoopClock
from tests.redis.nodes import engine, node, refused_start, say, until
from tests.support.certificates import make_certificate
from tests.support.slow_link import slow_link
from tests.support.valkey import Valkey

HOST = "127.0.0.1"
PASSWORD = "hidden"


async def refused(url: str) -> str:
    """Why there is no connection."""
    location = read_location(url)
    with pytest.raises(OSError) as error:  # noqa: PT011 - what it says is looked at by those who ask
        await Dialler(location, LoopClock()).dial(location.addresses[0])
    return str(error.value)


async def test_nodes_talk_over_tls_and_mend_what_a_cut_has_torn(server: Valkey, tmp_path: Path) -> None:
    """Cut and dialled again, with all that it says checked anew."""
    mine = make_certificate(HOST, tmp_path)
    async with slow_link(server.port, 0, mine.server) as line:
        url = f"rediss://{HOST}:{line.port}/0?ca={mine.authority}"
        async with node(url) as here, engine(url) as (there, _):
            fanout = await here.hub.open("r")
            await say(there, "r", "before")
            await until(lambda: fanout.ring.last_seq == 1)
            epoch = fanout.epoch
            server.ask("CLIENT", "KILL", "TYPE", "pubsub")
            server.ask("CLIENT", "KILL", "TYPE", "normal")
            await say(there, "r", *(f"n{number}" for number in range(200)))
            await until(lambda: fanout.ring.last_seq == 201)
            assert fanout.epoch == epoch


async def test_a_server_with_another_certificate_is_told_nothing(
    tmp_path: Path,
) -> None:
    """One of another authority, one of another host, one without TLS; the password is not sent to any of them."""
    mine, other = make_certificate(HOST, tmp_path), make_certificate("other.example.org", tmp_path)
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1_000))
        writer.close()

    for certificate, authority in ((mine, other.authority), (other, other.authority), (None, mine.authority)):
        tls = certificate.server if certificate is not None else None
        async with await asyncio.start_server(listen, HOST, 0, ssl=tls) as stranger:
            port = stranger.sockets[0].getsockname()[1]
            said = await refused(f"rediss://:{PASSWORD}@{HOST}:{port}?ca={authority}")
        assert PASSWORD not in said
        assert "certificate" in said.lower() or tls is None, said
    assert not any(PASSWORD.encode() in each for each in heard)


async def test_an_authority_that_is_not_there_keeps_a_node_from_starting(
    tmp_path: Path,
) -> None:
    url = f"rediss://{HOST}:9?ca={tmp_path / 'nowhere.pem'}"
    await refused_start(url, "`ca` cannot be used: No such file")

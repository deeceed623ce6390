"""Finds out which servers answer and do not write: a primary without its replicas, a full one, one without a disk.

Promise: a server that begins to refuse is known to within some 2 s, also on a node where nothing happens, and at once
where something was refused; as soon is one that writes again. Nothing is written for it.
"""

from __future__ import annotations

import asyncio

import hiredis

from liveroom.realtime.backplane.redis.fleet import Fleet, Server
from liveroom.realtime.errors import BackplaneUnavailable

PROBE = ("EVAL", "#!lua\nreturn 1", 0)
"""A script that does not say of itself that it only reads: refused like a write. It has no key, so that every server of
a cluster takes it."""
WORDS = frozenset({"NOREPLICAS", "OOM", "MISCONF"})


async def find_refusals(fleet: Fleet) -> None:
    """Ask every server that is connected whether it writes; the second hand (`watch.py`) does so each second."""
    await asyncio.gather(*(_probe(server) for server in fleet.servers if server.caller.upkeep.link is not None))


async def _probe(server: Server) -> None:
    try:
        answer = await server.caller.ask(*PROBE)
    except BackplaneUnavailable:
        return  # whoever looks after the connection finds out
    server.refusal = read_refusal(answer) if isinstance(answer, hiredis.ReplyError) else ""


def read_refusal(error: hiredis.ReplyError) -> str:
    """The word for why a server does not write; empty: it refused for another reason."""
    word = str(error).partition(" ")[0]
    return word if word in WORDS else ""

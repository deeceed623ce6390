"""Runs the server with the demo room and its audience in one process.

Promise: it starts fresh and leaves nothing behind, unless the settings name a place to keep things.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.collection import settle_collection
from liveroom.realtime.identity import FAR_FUTURE_MS, Identity, Role
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.people import Person
from liveroom.rooms.messages.room import RoomSettings, RoomStatus, StartShow
from liveroom.rooms.service import NewRoom
from liveroom.server.db import prepare_storage
from liveroom.server.demo.audience import Audience
from liveroom.server.demo.campaign_host import CampaignHost
from liveroom.server.demo.shelf import GIFTS
from liveroom.server.demo.staging import RIVAL, RIVAL_HOST, RIVAL_TITLE, Staging
from liveroom.server.drain import DrainingServer
from liveroom.server.node import Node
from liveroom.server.open_files import fit_open_files
from liveroom.server.serve import make_server
from liveroom.server.settings import Settings

logger = logging.getLogger(__name__)

ROOM = "demo"
RIVAL_AUDIENCE = 6
HOST = {"zh": Person(id="demo-host", name="小满"), "en": Person(id="demo-host", name="Mia")}
TITLE = {"zh": "周末晚风 · 一起聊聊", "en": "Weekend breeze · come and talk"}


def run_demo(settings: Settings, audience: int) -> None:
    """Serve until Ctrl-C.

    Raises:
        SceneFault, ServerError, DatabaseUnavailable: it cannot start.
    """
    with _fresh_unless_kept(_with_open_gifts(fit_open_files(settings))) as settings:
        asyncio.run(prepare_storage(settings))
        server, node = make_server(settings)
        node.storage.is_prepared = True
        settle_collection()
        with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
            runner.run(_serve(server, node, audience))


def _with_open_gifts(settings: Settings) -> Settings:
    """The settings, with gifts that cost nothing where they do not say who decides about gifts."""
    if "gift_billing" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"gift_billing": "open"})


@contextmanager
def _fresh_unless_kept(settings: Settings) -> Iterator[Settings]:
    """The settings, with a data directory that is thrown away where they name none and no database."""
    if "data_dir" in settings.model_fields_set or settings.database_url is not None:
        yield settings
        return
    with tempfile.TemporaryDirectory(prefix="liveroom-demo-") as directory:
        yield settings.model_copy(update={"data_dir": Path(directory)})


async def _serve(server: DrainingServer, node: Node, audience: int) -> None:
    crowd, others = Audience(node, ROOM, audience), Audience(node, RIVAL, min(audience, RIVAL_AUDIENCE))
    playing = asyncio.ensure_future(_play(server, node, crowd, others))
    playing.add_done_callback(_tell_fault)
    try:
        await server.serve()
    finally:
        playing.cancel()
        await asyncio.gather(playing, crowd.leave(), others.leave(), return_exceptions=True)


def _tell_fault(playing: asyncio.Future[None]) -> None:
    """The server goes on without its demo; whoever started it has to know."""
    if not playing.cancelled() and (error := playing.exception()) is not None:
        logger.error("the demo has ended", exc_info=error)


async def _play(server: DrainingServer, node: Node, crowd: Audience, others: Audience) -> None:
    await server.has_started.wait()
    await _go_live(node)
    await _open_rival(node)
    await _put_up_gifts(node)
    port = server.servers[0].sockets[0].getsockname()[1]
    address = f"http://{node.settings.host}:{port}"
    click.echo(f"\n  liveroom is live\n\n  viewer  {address}/room/{ROOM}\n  host    {address}/host/{ROOM}\n", err=True)
    url = f"ws://{node.settings.host}:{port}/ws"
    campaigns = CampaignHost(node, ROOM, HOST[node.settings.lang], url)
    staging = Staging(node, ROOM, HOST[node.settings.lang])
    async with asyncio.TaskGroup() as tasks:
        for played in (campaigns.stay(), crowd.come(url), others.come(url), staging.play(url)):
            tasks.create_task(played)


async def _go_live(node: Node) -> None:
    """The room is there and live afterwards, also when an earlier demo has left it."""
    lang = node.settings.lang
    await _open(node, NewRoom(ROOM, TITLE[lang], "show", HOST[lang], RoomSettings()))


async def _open_rival(node: Node) -> None:
    """The room that the demo has battles with."""
    lang = node.settings.lang
    await _open(node, NewRoom(RIVAL, RIVAL_TITLE[lang], "show", RIVAL_HOST[lang], RoomSettings()))


async def _open(node: Node, wanted: NewRoom) -> None:
    operator = Identity(user_id="demo", name="demo", role=Role.OPERATOR, expires_at_ms=FAR_FUTURE_MS)
    try:
        await node.rooms.create(wanted, operator.user_id)
    except Refusal as refused:
        if refused.code != ErrorCode.ROOM_EXISTS:
            raise
    room = await node.rooms.room(wanted.id)
    if room.document.status is not RoomStatus.LIVE:
        await node.rooms.call(operator, wanted.id, "room.go_live", StartShow(), None)


async def _put_up_gifts(node: Node) -> None:
    """Gifts to give, where an earlier demo has not left them."""
    gifts = node.value.gifts.catalogue
    for gift in GIFTS:
        if gifts.get(gift.id) is None:
            await gifts.put(gift, HOST[node.settings.lang].id)

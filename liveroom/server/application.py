"""The HTTP side: routes, pages, health, and the bounds on requests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

import liveroom
from liveroom.server.api import (
    audience,
    bans,
    battles,
    campaigns,
    errors,
    gift_ranks,
    gifts,
    grants,
    health,
    levels,
    livekit,
    lotteries,
    media,
    moderation,
    numbers,
    orders,
    polls,
    questions,
    reviews,
    rooms,
    shelf,
    socket,
    specs,
    stage,
    stage_staff,
    talk,
    topics,
    watching,
    webhook_deliveries,
    webhooks,
    whip,
)
from liveroom.server.body_limit import BodyLimit
from liveroom.server.demo import routes as demo_routes
from liveroom.server.node import Node
from liveroom.server.pages import add_pages
from liveroom.server.stranger_limit import StrangerLimit


def make_application(node: Node) -> FastAPI:
    """The FastAPI application around a node; starting and stopping it starts and stops the node."""

    @asynccontextmanager
    async def live(_: FastAPI) -> AsyncIterator[None]:
        await node.start()
        yield
        await node.stop()

    application = FastAPI(
        title="liveroom",
        version=liveroom.__version__,
        summary="Everything a live app's own servers can do over HTTP.",
        lifespan=live,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    application.state.node = node
    for router in _routers():
        application.include_router(router)
    if node.settings.demo:
        application.include_router(demo_routes.router)
    specs.add_specs(application)
    errors.add_handlers(application)
    add_pages(application)
    application.add_middleware(BodyLimit)
    application.add_middleware(StrangerLimit, rates=node.call_rates)
    return application


def _routers() -> Iterator[APIRouter]:
    for module in (health, rooms, talk, bans, moderation, reviews, campaigns, grants, battles):
        yield module.router
    for module in (webhooks, webhook_deliveries, socket, whip, livekit, media, watching):
        yield module.router
    yield from (polls.router, lotteries.public, lotteries.router, topics.router)
    yield from (gifts.public, gifts.router, gift_ranks.router, orders.router, shelf.router)
    yield from (stage.router, stage_staff.router, questions.router, numbers.router)
    yield from (levels.router, audience.router)

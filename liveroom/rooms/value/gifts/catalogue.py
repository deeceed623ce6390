"""The gifts on offer, in the memory of each node.

Promise: a change is kept in the database with its history and told to all nodes; a node that was not told reads the
catalogue again within `REFRESH_S`. At most `MOST_GIFTS` gifts, so that the whole of it fits into one answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

import orjson
from pydantic import ValidationError

from liveroom.realtime.backplane.base import Backplane
from liveroom.realtime.clock import Clock, TimerHandle
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import BackplaneUnavailable, RealtimeError
from liveroom.realtime.hub import NodeMessage
from liveroom.rooms.errors import DocumentUnreadable, Refusal
from liveroom.rooms.messages.gift import Gift
from liveroom.rooms.storage.documents import Cause, Document, Documents
from liveroom.rooms.storage.endings import let_end

logger = logging.getLogger(__name__)

KIND = "gift"
NO_ROOM = ""
MOST_GIFTS = 500
REFRESH_S = 30.0
CHANGED = "gifts_changed"


class GiftCatalogue:
    """See the module.

    Args:
        header: what stands beside the gifts when the whole of it is shown.
    """

    def __init__(self, documents: Documents, backplane: Backplane, clock: Clock, header: Mapping[str, object]) -> None:
        self._documents = documents
        self._backplane = backplane
        self._clock = clock
        self._header = header
        self._gifts: Mapping[str, Gift] = {}
        self._timer: TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_stale = False
        self._is_running = False
        self.body, self.etag = self._show()
        """All gifts as JSON, and what tells this state of it from others (RFC 9110 §8.8.3)."""

    async def start(self) -> None:
        """Read it.

        Raises:
            DatabaseUnavailable, DocumentUnreadable: it cannot be read.
        """
        self._is_running = True
        await self._load()
        self._set_timer()

    async def stop(self) -> None:
        """End."""
        self._is_running = False
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            await let_end([self._task])

    def get(self, gift_id: str) -> Gift | None:
        """One gift."""
        return self._gifts.get(gift_id)

    async def put(self, gift: Gift, who: str) -> None:
        """Add a gift, or change it; it holds on this node at once.

        Raises:
            Refusal: `overloaded`, there are too many; `unavailable`, others are changing it.
        """
        if gift.id not in self._gifts and len(self._gifts) >= MOST_GIFTS:
            text = f"the catalogue has {MOST_GIFTS} gifts; change one that is off"
            raise Refusal(ErrorCode.OVERLOADED, text)
        cause = Cause(who, "gift.put")
        state = gift.model_dump(mode="json")
        document = Document(KIND, gift.id, NO_ROOM, state, 1, self._clock.now_ms())
        if not await self._documents.create(document, cause):
            await self._documents.change(
                KIND, gift.id, cause, lambda known: known if known.state == state else replace(known, state=state)
            )
        await self._load()
        try:
            await self._backplane.tell_nodes(orjson.dumps({CHANGED: gift.id}))
        except BackplaneUnavailable as error:
            logger.warning("the other nodes find the gifts changed within %d s: %s", REFRESH_S, error.message)

    def hear(self, message: NodeMessage) -> None:
        """A message to all nodes."""
        if CHANGED in message:
            self._refresh()

    def _refresh(self) -> None:
        self._is_stale = True
        if self._is_running and self._task is None:
            self._task = asyncio.ensure_future(self._reload())

    async def _reload(self) -> None:
        try:
            while self._is_stale:
                self._is_stale = False
                await self._load()
        except RealtimeError as error:
            logger.warning("the gifts could not be read and stay as they were: %s", error.message)
        finally:
            self._task = None
            self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._is_running:
            self._timer = self._clock.call_later(REFRESH_S, self._refresh)

    async def _load(self) -> None:
        documents = await self._documents.list(KIND, None, MOST_GIFTS)
        self._gifts = {document.id: _read(document) for document in documents}
        self.body, self.etag = self._show()

    def _show(self) -> tuple[bytes, str]:
        gifts = [gift.model_dump(mode="json") for gift in self._gifts.values()]
        body = orjson.dumps({**self._header, "gifts": gifts})
        return body, f'"{sha256(body).hexdigest()[:32]}"'


def _read(document: Document) -> Gift:
    try:
        return Gift.model_validate_json(orjson.dumps(document.state))
    except ValidationError:
        raise DocumentUnreadable(KIND, document.id) from None

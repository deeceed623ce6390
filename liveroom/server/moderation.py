"""Moderation of a node: who may write, what they may write, what is taken back, and what is filed of it.

Promise: a room that is opened here has its rules, mutes and words before anybody can speak in it; what another node
changes holds here as soon as it is heard of.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from liveroom.realtime.clock import Clock
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.connection import Connection
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.hub import NodeMessage
from liveroom.realtime.identity import Identity
from liveroom.realtime.wire import as_sent
from liveroom.rooms.area import Area
from liveroom.rooms.errors import WordListFault
from liveroom.rooms.messages.moderation import MyMute
from liveroom.rooms.moderation import people_handlers, word_machine
from liveroom.rooms.moderation.appeal_machine import APPEAL
from liveroom.rooms.moderation.held_machine import HELD, Holder
from liveroom.rooms.moderation.lifting import BanLifter
from liveroom.rooms.moderation.node_news import LANE as NODES
from liveroom.rooms.moderation.node_news import NodeNews
from liveroom.rooms.moderation.people_handlers import PeopleHandlers
from liveroom.rooms.moderation.removals import LANE as REMOVALS
from liveroom.rooms.moderation.removals import RemovalSender
from liveroom.rooms.moderation.review_handlers import ReviewHandlers
from liveroom.rooms.moderation.review_hook import ReviewHook
from liveroom.rooms.moderation.review_queue import ReviewQueue
from liveroom.rooms.moderation.talk_handlers import TalkHandlers
from liveroom.rooms.moderation.talk_machine import TALK
from liveroom.rooms.moderation.word_file import read_words
from liveroom.rooms.moderation.word_machine import WORDS
from liveroom.rooms.moderation.words import Action, WordFilter
from liveroom.rooms.rereading import Rereading
from liveroom.rooms.room import STAFF_ROLES, Room
from liveroom.rooms.rules.parts import NO_PARTS, Parts
from liveroom.rooms.rules.sanctions import Sanction
from liveroom.rooms.rules.snapshot import as_json
from liveroom.rooms.rules.talk_state import TalkState
from liveroom.rooms.storage.audit import LANE as AUDIT
from liveroom.rooms.storage.audit import AuditFile
from liveroom.rooms.storage.endings import let_end
from liveroom.rooms.storage.open_documents import OpenDocuments
from liveroom.rooms.storage.sanctions import SanctionRows
from liveroom.rooms.talk import PART
from liveroom.server.area_means import AreaMeans
from liveroom.server.errors import ConfigurationRefused
from liveroom.server.settings import Settings

logger = logging.getLogger(__name__)

AGAIN_S = 1.0
NO_WORDS = WordFilter({})

Remove = Callable[[Connection, str, ErrorCode, str], None]


class Loaded(NamedTuple):
    """What a room begins with."""

    sanctions: Sequence[Sanction]
    words: WordFilter


class Moderation(Area):
    """See the module."""

    machines = (TALK, WORDS, HELD, APPEAL)

    def __init__(self, means: AreaMeans) -> None:
        storage, backplane = means.storage, means.hub.backplane
        self.remove: Remove | None = None
        self.sanctions = SanctionRows(storage.database, storage.outbox)
        self.file = AuditFile(storage.database)
        people = PeopleHandlers(self.sanctions, storage.outbox, backplane)
        reviews = ReviewHandlers(means.keeper, BanLifter(storage.rooms, backplane))
        talk = TalkHandlers(means.keeper, storage.outbox)
        self.queue = ReviewQueue(OpenDocuments(storage.database), means.keeper, storage.rooms, means.clock)
        self.hook = make_review_hook(means.settings, means.clock)
        self.handlers = {**people.by_command(), **talk.by_command(), **reviews.by_command()}
        self.keyless = frozenset(self.handlers)
        self.senders = {
            AUDIT: self.file,
            NODES: NodeNews(backplane),
            REMOVALS: RemovalSender(means.keeper, backplane, means.clock, means.retold),
        }
        self._holder = Holder(means.keeper, OpenDocuments(storage.database))
        self._means = means
        self._server_words = NO_WORDS
        self._loading: dict[str, Loaded] = {}
        self._reading: set[str] = set()
        self._stale: set[str] = set()
        self._sanctions_anew = Rereading(self._read_sanctions)
        self._words_anew = Rereading(self._read_words)
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_running = False
        means.hub.listen(self._hear)

    async def load_parts(self, room: str) -> Parts:
        """See `Area.load_parts`; mutes and words are kept for the room that is about to be there."""
        if self._means.find_room(room) is not None:
            self._read_anew(room)
            state = await self._means.keeper.load(TALK, room)
            return _shown(room, state)
        self._reading.add(room)
        self._stale.discard(room)
        try:
            state = await self._means.keeper.load(TALK, room)
            self._loading[room] = Loaded(await self.sanctions.load(room), await self._load_words(room))
        except BaseException:
            self._reading.discard(room)
            raise
        return _shown(room, state)

    def opened(self, room: Room) -> None:
        """A room was opened here."""
        self._reading.discard(room.id)
        room.talk.holder, room.talk.reviewer = self._holder, self.hook
        loaded = self._loading.pop(room.id, None)
        if loaded is not None:
            room.talk.take_sanctions(loaded.sanctions, room.talk.imposed)
            room.talk.take_words([self._server_words, loaded.words])
        if loaded is None or room.id in self._stale:
            self._read_anew(room.id)

    def mine(self, room: Room, identity: Identity) -> Mapping[str, object]:
        """See `Area.mine`."""
        mute = room.talk.mute_of(identity.user_id, identity.role_in(room.id), self._means.clock.now_ms())
        return {} if mute is None else {"mute": as_json(MyMute(until=mute.until_ms))}

    def fetch(self, room: Room, identity: Identity) -> Awaitable[Mapping[str, object]] | None:
        """See `Area.fetch`: what waits for the staff."""
        return self.queue.read(room.id) if identity.role_in(room.id) in STAFF_ROLES else None

    async def read_words(self, room: str) -> Mapping[str, Action]:
        """The words a room lists, each with its action."""
        state = await self._means.keeper.load(WORDS, room)
        return {} if state is None else state.words

    async def start(self) -> None:
        """See `Area.start`.

        Raises:
            WordListFault: the server's word list cannot be used.
        """
        path = self._means.settings.words_file
        if path is not None:
            self._server_words = await asyncio.to_thread(_build, path)
        self._is_running = True

    async def stop(self) -> None:
        """See `Area.stop`."""
        self._is_running = False
        await let_end(self._tasks)
        if self.hook is not None:
            await self.hook.close()

    async def settle(self) -> None:
        """Wait until what was heard of is done."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    def _hear(self, told: NodeMessage) -> None:
        if people_handlers.CHANGED in told:
            self._changed(told[people_handlers.CHANGED], self._sanctions_anew)
        if word_machine.CHANGED in told:
            self._changed(told[word_machine.CHANGED], self._words_anew)
        if people_handlers.KICKED in told:
            self._kick(**told[people_handlers.KICKED])

    def _changed(self, room: str, anew: Rereading) -> None:
        if self._means.find_room(room) is not None:
            self._spawn(anew.ask(room))
        elif room in self._reading:
            # It is being opened, perhaps with what was there before.
            self._stale.add(room)

    def _read_anew(self, room: str) -> None:
        self._changed(room, self._sanctions_anew)
        self._changed(room, self._words_anew)

    def _kick(self, room: str, user_id: str) -> None:
        opened = self._means.find_room(room)
        if opened is None or self.remove is None:
            return
        for consumer in list(opened.fanout.members):
            if isinstance(consumer, Connection) and consumer.identity and consumer.identity.user_id == user_id:
                self.remove(consumer, room, ErrorCode.KICKED, "you were sent out of this room; you may come back")

    async def _load_words(self, room: str) -> WordFilter:
        words = await self.read_words(room)
        return await asyncio.to_thread(WordFilter, words) if words else NO_WORDS

    async def _read_sanctions(self, name: str) -> None:
        room = self._means.find_room(name)
        before = room.talk.imposed if room is not None else {}
        try:
            sanctions = await self.sanctions.load(name)
        except RealtimeError as error:
            self._try_again(name, self._sanctions_anew, error)
            return
        if room is not None and room is self._means.find_room(name):
            room.talk.take_sanctions(sanctions, before)

    async def _read_words(self, name: str) -> None:
        room = self._means.find_room(name)
        try:
            words = await self._load_words(name)
        except RealtimeError as error:
            self._try_again(name, self._words_anew, error)
            return
        if room is not None and room is self._means.find_room(name):
            room.talk.take_words([self._server_words, words])

    def _try_again(self, room: str, anew: Rereading, error: RealtimeError) -> None:
        logger.warning("mutes or words of room %s could not be read; trying again: %s", room, error.message)
        self._means.clock.call_later(AGAIN_S, lambda: self._changed(room, anew))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        if not self._is_running:
            work.close()
            return
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _shown(room: str, state: TalkState | None) -> Parts:
    return {PART: {room: as_sent(state.view())}} if state is not None else NO_PARTS


def require_words(settings: Settings) -> None:
    """Look whether the server's word list can be used.

    Raises:
        ConfigurationRefused: it cannot; the message names the line.
    """
    if settings.words_file is None:
        return
    try:
        read_words(settings.words_file)
    except WordListFault as fault:
        raise ConfigurationRefused([f"LIVEROOM_WORDS_FILE: {fault.message}"]) from None


def make_review_hook(settings: Settings, clock: Clock) -> ReviewHook | None:
    """The app's own judge, if the settings name one."""
    if settings.review_url is None:
        return None
    deadline_s = settings.review_deadline_ms / 1000
    secrets = [secret.get_secret_value() for secret in settings.review_secret]
    policy, lines = settings.review_on_failure, settings.review_lines
    return ReviewHook(settings.review_url, secrets, deadline_s, policy, lines, clock)


def _build(path: Path) -> WordFilter:
    return WordFilter(read_words(path))

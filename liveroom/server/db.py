"""The storage of a node: the parts of `liveroom.rooms.storage` and the ledger, put together from the settings.

Promise: after `start` the tables are those of this version; `stop` writes what was accepted and closes the database.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import URL

from liveroom.realtime.clock import Clock
from liveroom.rooms.ledger import Decider, Ledger
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.documents import Documents
from liveroom.rooms.storage.exclusions import Exclusions
from liveroom.rooms.storage.outbox import Outbox
from liveroom.rooms.storage.passing import Passing
from liveroom.rooms.storage.relay import Relay, Send
from liveroom.rooms.storage.retention import Retention
from liveroom.rooms.storage.rooms import SqlRoomStore
from liveroom.rooms.storage.sent_marks import GATHER_S
from liveroom.rooms.storage.watches import Watches
from liveroom.server.errors import ConfigurationRefused
from liveroom.server.schema import require_current, upgrade
from liveroom.server.settings import Settings

FILE = "liveroom.sqlite3"
OWNER_ONLY = 0o700
DRAIN_S = 3.0
ALONE_S = 0.5
"""How long outbox rows count as unsent after they were sent, on a node without others: longer than any flush waits."""


class Storage:
    """See the module. Nothing is opened before `start`.

    Args:
        senders: by the name of the outbox lane they send.
        deciders: by the kind of fact they rule on.
    """

    def __init__(
        self, settings: Settings, clock: Clock, *, senders: Mapping[str, Send], deciders: Mapping[str, Decider]
    ) -> None:
        self._settings = settings
        self.is_prepared = False
        """Whether `prepare_storage` has looked at the tables for this start, so that `start` need not."""
        self.database = make_database(settings)
        # Alone, this process takes with it what it has told and nobody has heard yet.
        mark_after_s = GATHER_S if settings.redis_url is not None else ALONE_S
        self.outbox = Outbox(self.database, writer=f"{settings.node}-{secrets.token_hex(4)}")
        self.relay = Relay(self.outbox, senders, clock, random.random, mark_after_s)
        self.documents = Documents(self.database, self.outbox, clock)
        self.rooms = SqlRoomStore(self.database, self.documents, self.outbox)
        self.ledger = Ledger(self.database, self.outbox, self.relay, deciders, clock)
        self.exclusions = Exclusions(self.database, self.outbox)
        passing = Passing(self.database, settings.history_keep_s * 1000)
        self._retention = Retention(self.outbox, self.rooms, self.exclusions, Watches(self.database), passing, clock)

    async def start(self) -> None:
        """Open the database and begin to write and to send.

        Raises:
            SchemaMismatch: the database is not ready for this version.
            DatabaseUnavailable: it cannot be used.
        """
        try:
            if not self.is_prepared:
                await prepare(self.database, self._settings)
            await self.database.warm()
        except BaseException:
            await self.database.close()  # its threads would keep the process
            raise
        await self.relay.start()
        self.ledger.start()
        self._retention.start()

    async def stop(self) -> None:
        """Write what waits, send what can be sent within `DRAIN_S`, and close."""
        await self.ledger.stop()
        await self._retention.stop()
        await self.relay.stop(DRAIN_S)
        await self.database.close()


def make_database(settings: Settings) -> Database:
    """The database that the settings name; it is not opened.

    Raises:
        ConfigurationRefused: its driver is not installed.
    """
    if settings.database_url is None:
        return Database(URL.create("sqlite", database=str(settings.data_dir.absolute() / FILE)))
    try:
        return Database(settings.database_url.get_secret_value(), connections=settings.database_connections)
    except (ValueError, ImportError) as error:
        raise ConfigurationRefused([f"LIVEROOM_DATABASE_URL: {type(error).__name__}"]) from None


async def prepare(database: Database, settings: Settings) -> None:
    """Make sure that the tables are there: the embedded database is upgraded, another one is only looked at.

    Raises:
        ConfigurationRefused: the data directory cannot be used.
        SchemaMismatch: the database is not ready; the message says which command to run.
        DatabaseUnavailable: it cannot be used.
    """
    if settings.database_url is not None:
        await require_current(database)
        return
    make_private_directory(settings.data_dir)
    await upgrade(database)


async def prepare_storage(settings: Settings) -> None:
    """`prepare` for a start: a fault is explained at the console before there is a server.

    Raises:
        ServerError, DatabaseUnavailable: as `prepare`.
    """
    database = make_database(settings)
    try:
        await prepare(database, settings)
    finally:
        await database.close()


def make_private_directory(path: Path) -> None:
    """Make the data directory, for its owner only; one that exists is left as it is.

    Raises:
        ConfigurationRefused: it cannot be made.
    """
    try:
        path.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationRefused([f"LIVEROOM_DATA_DIR: {error.strerror or 'cannot be used'}"]) from None

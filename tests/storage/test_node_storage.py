"""A node's storage comes from the settings, and `liveroom db` tells people how it is."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import SecretStr
from sqlalchemy import text

from liveroom.rooms.messages.people import Person
from liveroom.rooms.messages.room import RoomSettings
from liveroom.rooms.rules import lifecycle
from liveroom.server.cli import main
from liveroom.server.db import FILE, Storage, make_database
from liveroom.server.errors import ConfigurationRefused, SchemaMismatch
from liveroom.server.migrations import HEAD
from liveroom.server.schema import upgrade
from liveroom.server.settings import Settings, load_settings
from tests.support.clock import FakeClock
from tests.support.databases import Cluster

ROOM = lifecycle.create("r1", "Room", "show", Person(id="host", name="Host"), RoomSettings(), 1)


def make_storage(settings: Settings) -> Storage:
    """With nothing to send and nothing to decide."""
    return Storage(settings, FakeClock(), senders={}, deciders={})


async def test_the_embedded_database_makes_itself_and_is_for_its_owner(tmp_path: Path) -> None:
    """A directory nobody else can look into; rooms are there after a restart."""
    settings = load_settings(data_dir=tmp_path / "deep" / "data")
    storage = make_storage(settings)
    await storage.start()
    await storage.rooms.create(ROOM, who="host", command="room.create")
    await storage.stop()
    assert stat.S_IMODE(settings.data_dir.stat().st_mode) == 0o700
    assert (settings.data_dir / FILE).is_file()
    again = make_storage(settings)
    await again.start()
    assert await again.rooms.load("r1") == ROOM
    await again.stop()


async def test_a_data_directory_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    """By the name of the variable."""
    (tmp_path / "file").write_text("not a directory")
    storage = make_storage(load_settings(data_dir=tmp_path / "file" / "data"))
    with pytest.raises(ConfigurationRefused, match="LIVEROOM_DATA_DIR"):
        await storage.start()
    await storage.database.close()


async def test_the_embedded_database_of_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    """Going back needs a backup."""
    settings = load_settings(data_dir=tmp_path)
    storage = make_storage(settings)
    await storage.start()
    async with storage.database.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await storage.stop()
    newer = make_storage(settings)
    with pytest.raises(SchemaMismatch, match="newer version"):
        await newer.start()
    await newer.database.close()


@pytest.fixture
def empty_url(postgresql: Cluster) -> str:
    """A PostgreSQL database without tables."""
    return postgresql.create("template0")


async def test_a_shared_database_is_upgraded_by_hand_only(empty_url: str) -> None:
    """The server says which command to run."""
    storage = make_storage(load_settings(database_url=SecretStr(empty_url)))
    with pytest.raises(SchemaMismatch, match="liveroom db upgrade"):
        await storage.start()
    await upgrade(storage.database)
    await storage.start()
    await storage.rooms.create(ROOM, who="host", command="room.create")
    await storage.stop()


def test_upgrade_and_check_say_what_they_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Status 0 and 1, for scripts."""
    monkeypatch.setenv("LIVEROOM_DATA_DIR", str(tmp_path / "data"))
    run = CliRunner().invoke
    assert run(main, ["db", "check"]).exit_code == 1
    first, second, checked = (run(main, ["db", what]) for what in ("upgrade", "upgrade", "check"))
    assert first.output == f"the database was at revision none and is at {HEAD} now\n"
    assert second.output == f"the database is at revision {HEAD} already\n"
    assert (checked.exit_code, checked.output) == (0, f"the database is at revision {HEAD}, as this version needs\n")


@pytest.mark.parametrize(
    "url", ["mysql://u:hidden@h/d", "sqlite:///x", "postgresql://u:hidden@h", "hidden", "http://[hidden"]
)
def test_a_database_url_that_is_not_understood_is_refused_unseen(url: str) -> None:
    """It has a password in it."""
    with pytest.raises(ConfigurationRefused) as refused:
        load_settings(database_url=SecretStr(url))
    assert "LIVEROOM_DATABASE_URL" in refused.value.message
    assert "hidden" not in refused.value.message


def test_the_password_of_the_database_is_never_shown() -> None:
    """Not in the settings, not in the database."""
    settings = load_settings(database_url=SecretStr("postgresql://u:hidden@h/d"))
    database = make_database(settings)
    assert "hidden" not in f"{settings!r} {settings.model_dump()} {database.url}"

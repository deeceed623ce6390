"""What keeps a server from starting is said in a sentence, with status 2; the demo keeps nothing it was not told to."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from liveroom.rooms.errors import DatabaseUnavailable
from liveroom.rooms.storage.database import Database
from liveroom.server import db, serve
from liveroom.server.cli import main
from liveroom.server.db import FILE, Storage
from liveroom.server.demo import run
from liveroom.server.drain import DrainingServer
from liveroom.server.node import Node
from liveroom.server.settings import Settings, load_settings


@pytest.fixture(params=["serve", "demo"])
def command(request: pytest.FixtureRequest) -> str:
    """Each command that starts a server."""
    made: str = request.param
    return made


@pytest.fixture(autouse=True)
def _keep_the_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    """A start settles the garbage collector of its process; here that is the process of all tests."""
    for name in ("collect", "freeze", "set_threshold"):
        monkeypatch.setattr(gc, name, lambda *_: None)


def start(command: str, monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> str:
    """Try to start; gives what was said."""
    monkeypatch.setenv("LIVEROOM_DATA_DIR", str(data_dir))
    result = CliRunner().invoke(main, [command, "--port", "0"])
    assert result.exit_code == 2, result.output
    assert result.output.count("liveroom does not start") == 1
    assert "Traceback" not in result.output
    return result.output


def test_a_data_directory_that_cannot_be_made(command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    assert "LIVEROOM_DATA_DIR" in start(command, monkeypatch, tmp_path / "file" / "data")


def test_a_file_that_is_no_database(command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("this is a letter, and rather a long one, not a database" * 100)
    assert "no database" in start(command, monkeypatch, tmp_path)


def test_the_demo_starts_fresh_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a place of its own to keep things."""
    monkeypatch.delenv("LIVEROOM_DATA_DIR", raising=False)
    seen: list[Path] = []

    async def look(server: DrainingServer, node: Node, audience: int) -> None:
        seen.append(node.settings.data_dir)
        assert (node.settings.data_dir / FILE).is_file()

    monkeypatch.setattr(run, "_serve", look)
    for _ in range(2):
        run.run_demo(load_settings(demo=True), 0)
    assert seen[0] != seen[1]
    assert not any(path.exists() for path in seen)


def test_the_demo_goes_on_where_it_was_told_to_keep_things(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its room is live already the second time, and that is no fault."""
    monkeypatch.setenv("LIVEROOM_DATA_DIR", str(tmp_path))
    shows = []

    async def live(server: DrainingServer, node: Node, audience: int) -> None:
        await node.start()
        await run._go_live(node)
        shows.append((await node.rooms.room("demo")).document.show)
        await node.stop()

    monkeypatch.setattr(run, "_serve", live)
    for _ in range(2):
        run.run_demo(load_settings(demo=True), 0)
    assert shows[0] is not None
    assert shows[0] == shows[1]


@pytest.mark.parametrize("run_it", [lambda settings: serve.run(settings), lambda settings: run.run_demo(settings, 0)])
def test_the_tables_are_made_and_looked_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, run_it: Callable[[Settings], None]
) -> None:
    """Before there is a server, so that a fault is explained; the server does not do it again."""
    seen = []
    prepare = db.prepare

    async def count(database: Database, settings: Settings) -> None:
        seen.append(database)
        await prepare(database, settings)

    async def live(server: DrainingServer, sockets: object = None) -> None:
        node = server._node
        await node.start()
        assert await node.store.list(None, 1) == []
        await node.stop()
        server.started = True

    monkeypatch.setattr(db, "prepare", count)
    monkeypatch.setattr(DrainingServer, "serve", live)
    run_it(load_settings(data_dir=tmp_path, port=0))
    assert len(seen) == 1


def test_a_fault_after_the_checks_ends_with_a_status_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Never with 0: whoever started it has to see that it does not run."""

    async def fail(storage: Storage) -> None:
        raise DatabaseUnavailable("gone")

    monkeypatch.setattr(Storage, "start", fail)
    with pytest.raises(SystemExit) as ended:
        serve.run(load_settings(data_dir=tmp_path, port=0))
    assert ended.value.code == serve.START_FAILED

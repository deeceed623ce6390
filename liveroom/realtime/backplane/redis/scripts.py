"""The scripts that run on the server: each is one step that happens as a whole.

All take the run of the server and their deadline first; see `lua/refuse_late.lua` and `lua/open_room.lua`.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from importlib.resources import files

KEEP_S = 86_400
"""How long the keys of a room stay after the last node left it."""


@dataclass(frozen=True, slots=True)
class Script:
    """A script and the name the server knows it by."""

    source: str
    sha: str


def _read(*names: str) -> Script:
    folder = files(__package__) / "lua"
    source = "\n".join((folder / f"{name}.lua").read_text("utf-8") for name in names)
    # How the server names scripts; nothing is protected by it.
    return Script(source, hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest())


PUBLISH = _read("refuse_late", "open_room", "publish")
READ_AFTER = _read("open_room", "read_after")
READ_RECENT = _read("open_room", "read_recent")
REPLACE = _read("refuse_late", "open_room", "replace")
LOOK = _read("open_room", "look")
ADD = _read("refuse_late", "add")
SET_LATEST = _read("refuse_late", "set_latest")
REPORT_VIEWERS = _read("refuse_late", "report_viewers")
TAKE = _read("take")

SCRIPTS = (PUBLISH, READ_AFTER, READ_RECENT, REPLACE, LOOK, ADD, SET_LATEST, REPORT_VIEWERS, TAKE)


def fresh_epoch() -> str:
    """The name of an epoch, should one begin."""
    return secrets.token_hex(6)

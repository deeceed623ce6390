"""Documents that a command with a key makes: a repeat finds what the first one made, and makes no second one.

Promise: the id follows from who sends it, where, and under which key; it cannot be foreseen by others.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import TypeVar

from liveroom.rooms.errors import Refusal, key_conflict
from liveroom.rooms.machines.contract import Machine
from liveroom.rooms.machines.keeper import Keeper
from liveroom.rooms.storage.documents import Cause
from liveroom.rooms.storage.places import Places

S = TypeVar("S")
ID_BYTES = 8


def make_id(prefix: str, room: str, user_id: str, key: str) -> str:
    """The id of what a command makes."""
    digest = blake2b("\n".join((room, user_id, key)).encode(), digest_size=ID_BYTES)
    return f"{prefix}_{digest.hexdigest()}"


async def create_once(
    keeper: Keeper,
    machine: Machine[S],
    document_id: str,
    command: object,
    cause: Cause,
    is_same: Callable[[S], bool],
    places: Places | None = None,
) -> tuple[S, bool]:
    """Make a document, or find that this command has made it.

    Args:
        is_same: whether a state is what this command makes, whatever has become of it since.
        places: it takes one of these; a repeat takes none.

    Returns:
        Its state now, and whether it was there already.

    Raises:
        Refusal: of its rule or of `places`; `key_conflict`.
    """
    kept = await keeper.load(machine, document_id)
    if kept is None:
        try:
            return await keeper.create(machine, document_id, command, cause, places), False
        except Refusal as refused:
            if refused.facts.get("state") != "exists":
                raise
        kept = await keeper.load(machine, document_id)
    if kept is None or not is_same(kept):
        raise key_conflict()
    return kept, True

"""Which product is explained now, as a table: quiet or explaining (L26).

Promise: at most one product of a room is explained at a time; what was meant for another product, or for a show that
is over, changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.shelf import ShelfChanged, ShelfStatus, ShelfView

QUIET, EXPLAINING = ShelfStatus.QUIET, ShelfStatus.EXPLAINING


@dataclass(frozen=True, slots=True)
class ShelfState:
    """The document of a shelf; `since_ms`: epoch ms; `show`: None when none ran."""

    room: str
    status: ShelfStatus
    product: str | None = None
    show: str | None = None
    since_ms: int | None = None
    version: int = 1

    def view(self) -> ShelfView:
        """What everybody may know."""
        return ShelfView(
            id="shelf",
            status=self.status,
            product=self.product,
            show_id=self.show,
            since=self.since_ms,
            version=self.version,
        )


@dataclass(frozen=True, slots=True)
class Explain:
    """This product is explained from now on."""

    room: str
    product: str
    show: str | None


@dataclass(frozen=True, slots=True)
class Rest:
    """It is over for this product."""

    product: str


@dataclass(frozen=True, slots=True)
class Close:
    """Only what belongs to `show` may go on: another show runs, or none."""

    show: str | None


Command = Explain | Rest | Close
TABLE: dict[tuple[ShelfStatus, type[Command]], ShelfStatus] = {
    (QUIET, Explain): EXPLAINING,
    (EXPLAINING, Explain): EXPLAINING,
    (EXPLAINING, Rest): QUIET,
    (QUIET, Rest): QUIET,
    (EXPLAINING, Close): QUIET,
    (QUIET, Close): QUIET,
}
NAMES: dict[type[Command], str] = {
    Explain: "shelf.explain",
    Rest: "shelf.rest",
    Close: "the show ends",
}


def apply(state: ShelfState | None, command: Command, now_ms: int) -> tuple[ShelfState, ShelfChanged | None]:
    """Apply one command; the same object and None when it changes nothing.

    Raises:
        Refusal: `not_found`, nothing was ever explained in this room.
    """
    if isinstance(command, Explain):
        if state is not None and (state.status, state.product, state.show) == (
            EXPLAINING,
            command.product,
            command.show,
        ):
            return state, None
        version = state.version + 1 if state is not None else 1
        return _told(ShelfState(command.room, EXPLAINING, command.product, command.show, now_ms, version))
    if state is None:
        raise Refusal(ErrorCode.NOT_FOUND, "nothing was explained here yet", field="product")
    stays = command.product != state.product if isinstance(command, Rest) else command.show == state.show
    if stays or TABLE[(state.status, type(command))] is state.status:
        return state, None
    return _told(replace(state, status=QUIET, product=None, show=None, since_ms=None, version=state.version + 1))


def _told(state: ShelfState) -> tuple[ShelfState, ShelfChanged]:
    return state, ShelfChanged(shelf=state.view())

"""Where somebody stands in a room by what they have done there: level, and level in the fan club (L15).

Promise: small enough to be kept in memory for everybody who is here; what the application says of somebody is not part
of it (`traits.py` joins the two).
"""

from __future__ import annotations

from typing import NamedTuple


class Standing(NamedTuple):
    """`level`: earned; `club`: level in the fan club, from 1; None: no member."""

    level: int = 0
    club: int | None = None


NOBODY = Standing()
"""Of somebody the room knows nothing of."""

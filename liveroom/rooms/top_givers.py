"""Who has given most in the show that runs, as this node was told last: for welcomes, cues and entries.

Promise: asking costs a look-up; the ranks are read once for each time they are told.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

FIRST = 3
RANKS = "gift_ranks"


class TopGivers:
    """See the module."""

    def __init__(self) -> None:
        self._seen: bytes | None = None
        self._show: str | None = None
        self._first: frozenset[str] = frozenset()

    def has(self, values: Mapping[str, bytes], show: str | None, user_id: str) -> bool:
        """Whether somebody is among the first three.

        Args:
            values: the latest values of the room; ranks of a show that is over stay among them.
            show: that runs; None: there is none.
        """
        told = values.get(RANKS)
        if told is not self._seen:
            ranks = orjson.loads(told) if told is not None else {}
            self._seen, self._show = told, ranks.get("show_id")
            self._first = frozenset(place["user"]["id"] for place in ranks.get("top", ())[:FIRST])
        return show is not None and show == self._show and user_id in self._first

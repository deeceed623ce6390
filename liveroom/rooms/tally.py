"""What one node counts of a show.

Promise: numbers of different shows do not mix.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from liveroom.rooms.rules.likes import Likes


@dataclass(slots=True)
class Tally:
    """Likes and comments of the present show, as far as this node knows them.

    Args:
        term: when the show began, and higher than that of the show before.
        comments: that were shown here.
    """

    term: int
    likes: Likes = field(default_factory=Likes)
    comments: int = 0

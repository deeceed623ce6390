"""How people appear in messages: an id, a name, and what others may know about them.

Promise: nothing private (purchases, birthday, where somebody came from) is ever part of these models.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import Model
from liveroom.realtime.identity import Role

NAME_CHARS = 64
MAX_LEVEL = 1000

UserId = Annotated[
    str, Field(pattern=r"^[^\x00-\x20\x7f-\xa0]{1,128}$", description="id of a user, as in the token's `sub`")
]
ItemId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="id made by the server")]
Name = Annotated[str, Field(min_length=1, max_length=NAME_CHARS, description="name to show")]
Level = Annotated[int, Field(ge=0, le=MAX_LEVEL, description="fan level; 0: none")]
ClubLevel = Annotated[int, Field(ge=1, le=MAX_LEVEL, description="level in the fan club of the room")]
EpochMs = Annotated[int, Field(ge=0, le=2**53 - 1, description="epoch ms, UTC")]
Count = Annotated[int, Field(ge=0, le=2**53 - 1)]


class Person(Model):
    """Somebody who is named."""

    id: UserId
    name: Name


class Visitor(Model):
    """Somebody who entered."""

    id: UserId
    name: Name
    level: Level = 0
    club: Annotated[ClubLevel | None, Field(description="absent: no member of the fan club")] = None
    demo: Annotated[bool, Field(description="part of the demo audience; show it as such")] = False


class Author(Model):
    """Who wrote a comment."""

    id: UserId
    name: Name
    role: Annotated[Role, Field(description="role in this room when the comment was written")]
    level: Level = 0
    club: Annotated[ClubLevel | None, Field(description="absent: no member of the fan club")] = None
    demo: Annotated[bool, Field(description="part of the demo audience; show it as such")] = False

"""What a user token may say about a person, and how it becomes an `Identity`.

Promise: every claim is bounded, so that no issuer can put an arbitrary amount into this server's memory or onto other
people's screens; a claim that is not understood is refused by its name, an unknown one is ignored (RFC 7519 §4).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from liveroom.realtime.codes import ROOM_PATTERN
from liveroom.realtime.identity import NO_TRAITS, Identity, Role
from liveroom.server.errors import InvalidToken

Word = Annotated[str, Field(min_length=1, max_length=64)]
Id = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x20\x7f-\xa0]+$")]
RoomName = Annotated[str, Field(pattern=ROOM_PATTERN)]
# RFC 7519 §2: NumericDate, whole or fractional seconds. The bound is the year 9999.
NumericDate = Annotated[int | float, Field(ge=0, le=253_402_300_799, allow_inf_nan=False)]

_ZERO_WIDTH_JOINER = "\u200d"
_UNWANTED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class TraitClaims(BaseModel):
    """What the issuing application knows about a person; the rooms decide what it means."""

    model_config = ConfigDict(strict=True, frozen=True)

    level: int | None = Field(None, ge=0, le=1000)
    source: Word | None = None
    member_of: list[Word] | None = Field(None, max_length=32)
    bought: bool | None = None
    birthday: str | None = Field(None, pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")
    demo: bool | None = None
    followed: bool | None = None


class Claims(BaseModel):
    """The claims of a user token; `sub` and `exp` are required."""

    model_config = ConfigDict(strict=True, frozen=True)

    sub: Id
    exp: NumericDate
    iat: NumericDate | None = None
    nbf: NumericDate | None = None
    iss: str | None = Field(None, max_length=256)
    aud: Annotated[str, Field(max_length=256)] | Annotated[list[str], Field(max_length=16)] | None = None
    jti: Id | None = None
    name: str | None = Field(None, max_length=256)
    role: Literal["viewer", "host", "moderator", "operator", "service"] = "viewer"
    rooms: list[RoomName] | None = Field(None, max_length=256)
    lang: str | None = Field(None, max_length=35, pattern=r"^[A-Za-z]{2,3}([_-][A-Za-z0-9]{1,8}){0,3}$")
    traits: TraitClaims | None = None


def read_claims(payload: object) -> Claims:
    """Read the decoded payload of a token.

    Raises:
        InvalidToken: a claim is missing or not acceptable; the message names it.
    """
    try:
        return Claims.model_validate(payload)
    except ValidationError as error:
        detail = error.errors(include_input=False, include_url=False, include_context=False)[0]
        claim = str(detail["loc"][0]) if detail["loc"] else "payload"
        if detail["type"] == "missing":
            raise InvalidToken(f"the token has no claim {claim}") from None
        raise InvalidToken(f"the claim {claim} of the token is not acceptable") from None


def make_identity(claims: Claims, *, leeway_s: int) -> Identity:
    """The person the claims describe. `expires_at_ms` is `exp` and the leeway: the moment the token stops to count.

    Raises:
        InvalidToken: a host or moderator without rooms (requirement L2).
    """
    role = Role(claims.role)
    if role in (Role.HOST, Role.MODERATOR) and claims.rooms is None:
        raise InvalidToken(f"a token with the role {role.value} needs the claim rooms")
    return Identity(
        user_id=claims.sub,
        name=clean_name(claims.name or "") or clean_name(claims.sub) or "user",
        role=role,
        rooms=None if claims.rooms is None else frozenset(claims.rooms),
        traits=_read_traits(claims.traits),
        lang=claims.lang,
        expires_at_ms=int((claims.exp + leeway_s) * 1000),
        token_id=claims.jti,
    )


def clean_name(name: str) -> str:
    """A name as others may see it: one line of at most 64 characters.

    Control and format characters are left out: they can turn the text around them (Unicode TR #36, bidirectional
    spoofing). The zero-width joiner stays, since many emoji are made with it.
    """
    kept = (char for char in name if char == _ZERO_WIDTH_JOINER or unicodedata.category(char) not in _UNWANTED)
    return " ".join("".join(kept).split())[:64].strip()


def _read_traits(traits: TraitClaims | None) -> Mapping[str, Any]:
    if traits is None:
        return NO_TRAITS
    return MappingProxyType(traits.model_dump(exclude_none=True))

"""Facts of value, and what is answered to them.

Promise: a `Fact` that exists can be written: text that a database refuses is refused here, by the name of the field.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal

TEXT_CHARS = 256
BODY_BYTES = 16_384
LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Fact:
    """Something worth money that somebody wants to be so.

    Args:
        kind: which decider rules on it, as `coupon.claim`.
        room: where it happens.
        scope: what it counts towards (a campaign, a gift, a poll); facts of a scope are decided one after the other.
        subject: whose it is.
        key: made by the client; the same key of the same subject is the same fact.
        body: JSON, the same bytes for the same content.
        at_ms: epoch ms.
        context: what else its decider looks at (the level of whoever claims); not kept, and no part of what makes a
            repeat the same.

    Raises:
        Refusal: `invalid_field`.
    """

    kind: str
    room: str
    scope: str
    subject: str
    key: str
    body: bytes
    at_ms: int
    context: object = field(default=None, compare=False)

    def __post_init__(self) -> None:
        """Check what a stranger can have a part in."""
        texts = (self.kind, self.room, self.scope, self.subject, self.key)
        joined = "".join(texts)
        # Together they are seldom longer than one may be, and there are thousands a second.
        is_short = len(joined) <= TEXT_CHARS or max(map(len, texts)) <= TEXT_CHARS
        if not (is_short and all(texts) and _is_storable(joined)):
            raise self._refuse_text()
        if len(self.body) > BODY_BYTES or b"\0" in self.body:
            raise Refusal(ErrorCode.INVALID_FIELD, f"the content has more than {BODY_BYTES} bytes", field="data")
        if not 0 <= self.at_ms <= LARGEST:
            raise Refusal(ErrorCode.INVALID_FIELD, "the time is out of range", field="at_ms")

    def _refuse_text(self) -> Refusal:
        for name in ("kind", "room", "scope", "subject", "key"):
            value: str = getattr(self, name)
            if not 0 < len(value) <= TEXT_CHARS or not _is_storable(value):
                break
        text = f"{name} has 1 to {TEXT_CHARS} characters, none of them NUL or half of a pair"
        return Refusal(ErrorCode.INVALID_FIELD, text, field=name)

    @property
    def unique_key(self) -> str:
        """The key, made the subject's own."""
        return f"{self.subject}\n{self.key}"

    @property
    def digest(self) -> bytes:
        """Tells a repeat from another fact under the same key. The time is not part of it."""
        parts = (self.kind.encode(), self.room.encode(), self.scope.encode(), self.body)
        return blake2b(b"\n".join(parts), digest_size=16).digest()


class Answer(NamedTuple):
    """What became of a fact. `data`: JSON; `duplicate`: it had been answered like this before."""

    data: bytes
    duplicate: bool = False


def _is_storable(text: str) -> bool:
    if text.isascii():
        return "\0" not in text
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False

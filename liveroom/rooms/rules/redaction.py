"""Taking removed comments out of a history that is given out again (L10).

Promise: of a removed comment nothing is left but its number: in its place stands a `comment.removed`, comments that
quoted it lose the quote, and what had it pinned has nothing pinned. Every other event keeps its bytes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import orjson

SENT = b'{"kind":"comment.sent"'
TALK = b'{"kind":"talk.changed"'
REMOVED = "comment.removed"
FEW = 8
"""So many ids are quicker looked for in the bytes than read out of them."""


def redact(payload: bytes, ids: Collection[str]) -> bytes | None:
    """What is to be given out instead of an encoded event; None: it has nothing of these comments."""
    if not payload.startswith((SENT, TALK)) or not _may_hold(payload, ids):
        return None
    event = orjson.loads(payload)
    data = event["data"]
    if event["kind"] == "talk.changed":
        return _unpin(event, ids)
    if data["id"] in ids:
        return orjson.dumps({"kind": REMOVED, "ts": event["ts"], "data": {"ids": [data["id"]]}})
    if not quotes(data, ids):
        return None
    del data["reply_to"]
    return orjson.dumps(event)


def redact_all(first_seq: int, payloads: Sequence[bytes], ids: Collection[str]) -> Iterator[tuple[int, bytes]]:
    """The number and the new bytes of each event of a history that changes."""
    for seq, payload in enumerate(payloads, first_seq):
        changed = redact(payload, ids)
        if changed is not None:
            yield seq, changed


def find_by(user_id: str, payloads: Sequence[bytes]) -> list[str]:
    """The ids of all comments of somebody in a history, also of those that were only pinned in it, in order."""
    needle = orjson.dumps(user_id)
    found: dict[str, None] = {}
    for payload in payloads:
        if payload.startswith((SENT, TALK)) and needle in payload:
            comment = _comment_of(orjson.loads(payload))
            if comment is not None and comment["by"]["id"] == user_id:
                found[comment["id"]] = None
    return list(found)


def find_comment(comment_id: str, payloads: Sequence[bytes]) -> Mapping[str, Any] | None:
    """A comment of a history, as its event carries it; None: it is not there."""
    needle = comment_id.encode()
    for payload in reversed(payloads):
        if payload.startswith(SENT) and needle in payload:
            data: Mapping[str, Any] = orjson.loads(payload)["data"]
            if data["id"] == comment_id:
                return data
    return None


def quotes(data: Mapping[str, Any], ids: Collection[str]) -> bool:
    """Whether a comment answers one of these."""
    return data.get("reply_to", {}).get("id") in ids


def _comment_of(event: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The comment that was said or, when the rules were told, the one that is pinned."""
    comment: Mapping[str, Any] | None = event["data"]
    if event["kind"] == "talk.changed":
        comment = event["data"]["talk"].get("pinned", {}).get("comment")
    return comment


def _unpin(event: dict[str, Any], ids: Collection[str]) -> bytes | None:
    talk = event["data"]["talk"]
    if talk.get("pinned", {}).get("comment", {}).get("id") not in ids:
        return None
    del talk["pinned"]
    return orjson.dumps(event)


def _may_hold(payload: bytes, ids: Collection[str]) -> bool:
    return len(ids) > FEW or any(each.encode() in payload for each in ids)

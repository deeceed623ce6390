"""What the routes of moderation show to the staff of a room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from liveroom.realtime.catalogue import Model
from liveroom.realtime.identity import Role
from liveroom.rooms.messages.people import EpochMs, UserId
from liveroom.rooms.moderation.words import Action
from liveroom.rooms.rules.bans import Ban
from liveroom.rooms.rules.sanctions import Kind, Sanction
from liveroom.rooms.storage.audit import Filed


class SanctionView(Model):
    """Somebody who is muted or shadowed."""

    user_id: UserId
    kind: Kind
    by: UserId
    by_role: Role
    reason: str
    at: EpochMs
    until: Annotated[EpochMs | None, Field(description="null: until it is lifted")] = None


class SanctionList(Model):
    """Who is muted or shadowed in a room now."""

    sanctions: list[SanctionView]


class BanView(Model):
    """Somebody who is kept out."""

    user_id: UserId
    by: UserId
    by_role: Role
    reason: str
    at: EpochMs
    until: Annotated[EpochMs | None, Field(description="null: for good")] = None


class BanList(Model):
    """Who is kept out of a room now."""

    bans: list[BanView]


class WordListView(Model):
    """The words of a room, each with what becomes of a comment that has it."""

    words: Mapping[str, Action]


class AuditEntry(Model):
    """One act of the staff."""

    number: Annotated[int, Field(description="rises with time within the room")]
    at: EpochMs
    who: Annotated[str, Field(description="id of the user or server")]
    role: Role
    act: Annotated[str, Field(description="the command")]
    subject: Annotated[str | None, Field(description="the user, comment or thing it was done to")] = None
    facts: Annotated[dict[str, Any], Field(description="what else matters, as reason, until, text, words")]


class AuditPage(Model):
    """Acts of the staff of a room, the newest first."""

    entries: list[AuditEntry]
    next: Annotated[int | None, Field(description="`before` of the next page; null: that was all")] = None


def view_sanction(sanction: Sanction) -> SanctionView:
    """A sanction for the staff."""
    return SanctionView(
        user_id=sanction.user_id,
        kind=sanction.kind,
        by=sanction.by,
        by_role=sanction.by_role,
        reason=sanction.reason,
        at=sanction.at_ms,
        until=sanction.until_ms,
    )


def view_ban(ban: Ban) -> BanView:
    """A ban for the staff."""
    return BanView(
        user_id=ban.user_id, by=ban.by, by_role=ban.by_role, reason=ban.reason, at=ban.at_ms, until=ban.until_ms
    )


def view_entry(filed: Filed) -> AuditEntry:
    """An entry of the file."""
    entry = filed.entry
    return AuditEntry(
        number=filed.number,
        at=entry.at_ms,
        who=entry.who,
        role=entry.role,
        act=entry.act,
        subject=entry.subject,
        facts=dict(entry.facts),
    )

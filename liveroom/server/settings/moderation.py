"""The settings of moderation; a section of docs/settings.md like those of `groups.py`."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field


class Moderation(BaseModel):
    """Moderation"""

    words_file: Path | None = Field(
        None,
        description="List of words that no room wants (docs/moderation.md), in UTF-8, one a line, read at the start.",
    )

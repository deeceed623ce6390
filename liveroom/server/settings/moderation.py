"""The settings of moderation; a section of docs/settings.md like those of `groups.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field

from liveroom.server.settings.parts import BillingSecrets, Url


class Moderation(BaseModel):
    """Moderation"""

    words_file: Path | None = Field(
        None,
        description="List of words that no room wants (docs/moderation.md), in UTF-8, one a line, read at the start.",
    )
    review_url: Url = Field(
        None,
        description="The app's own judge of comments, asked about each that the word lists let through "
        "(docs/moderation.md); `https` in production. Unset: nobody is asked.",
    )
    review_secret: BillingSecrets = Field(
        (), repr=False, description="Signs calls to it, as `gift_billing_secret`. Required by `review_url`."
    )
    review_deadline_ms: int = Field(
        200, ge=20, le=2_000, description="Longest wait for its answer, the wait for a free line included, in ms."
    )
    review_on_failure: Literal["publish", "hold", "refuse"] = Field(
        "publish", description="What becomes of a comment when it does not answer: shown, held for the staff, refused."
    )
    review_lines: int = Field(64, ge=1, le=1_000, description="Calls to it at the same time.")

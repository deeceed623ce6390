"""How well a show is seen, as clients tell it (R107; docs/media.md).

Promise: sums of one visit, absolute each time, so a report that was lost costs nothing.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import EVERYONE, Model, Rate, command

DAY_MS = 86_400_000
Span = Annotated[int, Field(ge=0, le=DAY_MS)]


@command("watch.report", roles=EVERYONE, rate=Rate(per_s=0.1, burst=4))
class ReportWatching(Model):
    """What the player has counted since the page was opened, about twice a minute while a show is live."""

    height: Annotated[int, Field(ge=0, le=8_640, description="lines of the picture now; 0: sound alone")]
    played_ms: Annotated[Span, Field(description="how long it played")]
    stalled_ms: Annotated[Span, Field(description="how long it stood still and should not have")]

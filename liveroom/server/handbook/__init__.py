"""The generated files: made from the code, so that they cannot say anything else.

`make docs` (`python -m liveroom.server.handbook`) writes them; tests compare what is committed with what the code
says today.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from liveroom.server.handbook.documents import render_asyncapi, render_openapi, render_schemas
from liveroom.server.handbook.machines import render_machines
from liveroom.server.handbook.metrics_page import render_metrics
from liveroom.server.settings.page import render_page as render_settings

FILES: Mapping[str, Callable[[], str]] = {
    "docs/machines.md": render_machines,
    "docs/metrics.md": render_metrics,
    "docs/settings.md": render_settings,
    "liveroom/server/specs/asyncapi.json": render_asyncapi,
    "liveroom/server/specs/openapi.json": render_openapi,
    "liveroom/server/specs/schemas.json": render_schemas,
}
"""The text of each file of the repository that nobody writes by hand."""

"""The generated files of docs/: made from the code, so that they cannot say anything else.

`make docs` (`python -m liveroom.server.handbook DIRECTORY`) writes them; tests compare what is committed with what
the code says today.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from liveroom.server.handbook.documents import render_asyncapi, render_schemas
from liveroom.server.handbook.machines import render_machines
from liveroom.server.handbook.metrics_page import render_metrics
from liveroom.server.settings.page import render_page as render_settings

FILES: Mapping[str, Callable[[], str]] = {
    "asyncapi.json": render_asyncapi,
    "machines.md": render_machines,
    "metrics.md": render_metrics,
    "schemas.json": render_schemas,
    "settings.md": render_settings,
}
"""The text of each file in docs/ that nobody writes by hand."""

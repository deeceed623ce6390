"""Writes docs/settings.md from the settings themselves, so that the page cannot be wrong.

Promise: the page has a row for every setting; a test fails when the file in the repository differs.
`python -m liveroom.server.settings.page` prints it.
"""

from __future__ import annotations

import inspect
import sys
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from liveroom.server.settings import GROUPS, PREFIX

_INTRODUCTION = """\
# Settings

Every setting is an environment variable. This page is generated from `liveroom/server/settings/groups.py`
by `make docs`. A value that is not understood stops the start, with the name of the variable; an unknown
`LIVEROOM_…` variable is logged.

In Kubernetes a service called `liveroom` puts a variable `LIVEROOM_PORT` of its own into every pod:
set `enableServiceLinks: false` there (as in `deploy/kubernetes`), or call the service something else.
"""


def render_page() -> str:
    """The whole page as Markdown."""
    return _INTRODUCTION + "".join(_render_group(group) for group in GROUPS)


def _render_group(group: type[BaseModel]) -> str:
    rows = "".join(
        f"| `{PREFIX}{name.upper()}` | {_render_default(name, field)} | {field.description} |\n"
        for name, field in group.model_fields.items()
    )
    return f"\n## {inspect.getdoc(group)}\n\n| variable | default | meaning |\n|---|---|---|\n{rows}"


def _render_default(name: str, field: FieldInfo) -> str:
    if field.default_factory is not None:
        return "random"
    default: Any = field.default
    if default is None or default == ():
        return "unset"
    if isinstance(default, SecretStr):
        return f"a known development {name}"
    if name == "media_ports":
        return f"`{'-'.join(map(str, default))}`"  # a range, no list
    if isinstance(default, tuple):
        return f"`{','.join(map(str, default))}`"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


if __name__ == "__main__":
    sys.stdout.write(render_page())

"""The user class that docs/loadtesting.md shows is one that runs."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from liveroom.realtime.catalogue import catalogue
from liveroom.rooms import messages as _declared  # noqa: F401 - importing fills the catalogue

ROOT = Path(__file__).resolve().parents[2]
IMPORT = re.compile(r"^from (loadtests\.\S+) import (\w+)$", re.MULTILINE)


class Act(NamedTuple):
    """Stands for that of the visit, which brings gevent with it: gevent stays inside Locust's process."""

    kind: str
    intended_ns: int
    on_ack: Any


def test_the_class_of_the_page_sends_what_the_server_takes() -> None:
    page = (ROOT / "docs" / "loadtesting.md").read_text("utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    for module, name in IMPORT.findall(code):
        assert f"class {name}" in (ROOT / (module.replace(".", "/") + ".py")).read_text("utf-8")
    names: dict[str, Any] = {"__name__": "shown", "Act": Act, "RoomUser": object}
    exec(compile(IMPORT.sub("", code), "docs/loadtesting.md", "exec"), names)  # noqa: S102 - our own page
    sent: list[tuple[Act, str, dict[str, Any], str]] = []
    visit = SimpleNamespace(act=lambda *each: sent.append(each))
    names["Sharer"].act(SimpleNamespace(place=SimpleNamespace(number=3, room="r"), visit=visit), 7, 123)
    ((act, type_, data, key),) = sent
    catalogue.commands[type_].model.model_validate(data)
    assert (act.kind, act.intended_ns, act.on_ack({"data": {}})) == ("share", 123, None)
    assert 1 <= len(key) <= 64

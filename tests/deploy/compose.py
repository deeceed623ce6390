"""Reads docker-compose.yml as Compose does, as far as it is used there: anchors, and variables with their defaults."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
VARIABLE = re.compile(r"\$\{([A-Z_]+)(?::([-?])([^}]*))?\}")


def read_compose(path: Path) -> dict[str, Any]:
    """The file, with its variables as they stand."""
    read: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return read


def variables_of(path: Path) -> dict[str, bool]:
    """The variables it asks for; True: it cannot do without."""
    found: dict[str, bool] = {}
    for name, kind, _ in VARIABLE.findall(path.read_text("utf-8")):
        found[name] = found.get(name, False) or kind == "?"
    return found


def fill_in(text: str, values: Mapping[str, str]) -> str:
    """The text with values for its variables, or their defaults."""

    def choose(match: re.Match[str]) -> str:
        name, kind, rest = match.groups()
        value = values.get(name, "")
        assert value or kind != "?", f"{name}: {rest}"
        return value or (rest if kind == "-" else "")

    return VARIABLE.sub(choose, text)


def fill_in_all(read: Any, values: Mapping[str, str]) -> Any:
    """The whole file with its values, also of services whose profile is not asked for: Compose looks at them all."""
    if isinstance(read, dict):
        return {name: fill_in_all(part, values) for name, part in read.items()}
    if isinstance(read, list):
        return [fill_in_all(part, values) for part in read]
    return fill_in(read, values) if isinstance(read, str) else read


def environment_of(service: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, str]:
    """What a container of the service gets."""
    return {name: fill_in(str(value), values) for name, value in service.get("environment", {}).items()}

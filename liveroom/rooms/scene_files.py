"""Reads scenes from TOML files: those of the package, and a directory of one's own that adds or replaces.

Promise: a wrong file stops the start with its name, the key and what is wrong there; nothing is half loaded.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson
from pydantic import ValidationError

from liveroom.rooms.errors import SceneFault
from liveroom.rooms.scene import Scene

FILE_BYTES = 262_144
"""Largest scene file; a scene with everything in ten languages needs a tenth of it."""


def load_scenes(directory: Path | None = None) -> Mapping[str, Scene]:
    """The scenes by name: the package's own, then those of `directory`, which replace scenes of the same name.

    Raises:
        SceneFault: a file is unreadable or wrong, or the directory is not there.
    """
    scenes = dict(_own_scenes())
    if directory is not None:
        if not directory.is_dir():
            raise SceneFault(str(directory), "", "this directory of scenes does not exist")
        scenes.update({scene.name: scene for scene in map(load_scene, _scene_files(directory))})
    return MappingProxyType(scenes)


@cache
def _own_scenes() -> Mapping[str, Scene]:
    """Those of the package, which do not change while it runs."""
    return {scene.name: scene for scene in map(load_scene, _scene_files(files("liveroom.rooms") / "scenes"))}


def load_scene(file: Traversable) -> Scene:
    """One scene from one file; the file is named as the scene.

    Raises:
        SceneFault: naming the file, the key and the reason.
    """
    scene = parse_scene(file.name, _read(file))
    if file.name != f"{scene.name}.toml":
        raise SceneFault(file.name, "name", f"the scene is called {scene.name}; its file must be {scene.name}.toml")
    return scene


def parse_scene(file_name: str, text: str) -> Scene:
    """A scene from the text of its file.

    Raises:
        SceneFault: naming the file, the key and the reason.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise SceneFault(file_name, "", f"not valid TOML: {fault}") from None
    try:
        # By way of JSON, because the strict models read arrays as tuples and words as enumerations only there.
        return Scene.model_validate_json(orjson.dumps(content))
    except ValidationError as refused:
        raise _fault(file_name, content, refused) from None


def _scene_files(directory: Traversable) -> list[Traversable]:
    return sorted((file for file in directory.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)


def _read(file: Traversable) -> str:
    try:
        content = file.read_bytes()
    except OSError as fault:
        raise SceneFault(file.name, "", f"cannot be read: {fault.strerror or fault}") from None
    if len(content) > FILE_BYTES:
        raise SceneFault(file.name, "", f"larger than {FILE_BYTES} bytes")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise SceneFault(file.name, "", "not in UTF-8") from None


def _fault(file_name: str, content: dict[str, Any], refused: ValidationError) -> SceneFault:
    first = refused.errors(include_url=False, include_context=False, include_input=False)[0]
    key = ".".join(_named(content, first["loc"]))
    reason = {"missing": "is missing", "extra_forbidden": "is not known here"}.get(first["type"], first["msg"])
    return SceneFault(file_name, key, reason.removeprefix("Value error, "))


def _named(content: Any, location: tuple[int | str, ...]) -> list[str]:
    """The location with rules named instead of numbered: `welcome.birthday.text`, not `welcome.3.text`."""
    parts: list[str] = []
    for part in location:
        try:
            content = content[part]
        except (KeyError, IndexError, TypeError):
            content = None
        name = content.get("name") if isinstance(part, int) and isinstance(content, dict) else None
        parts.append(name if isinstance(name, str) and name else str(part))
    return parts

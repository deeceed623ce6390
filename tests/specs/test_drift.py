"""The generated files say what the code says."""

from __future__ import annotations

from pathlib import Path

import pytest

from liveroom.server.handbook import FILES
from liveroom.server.handbook.__main__ import write_files

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize("name", sorted(FILES))
def test_the_file_is_what_the_code_says(name: str) -> None:
    assert (REPOSITORY / name).read_text("utf-8") == FILES[name](), f"{name} is out of date: run `make docs`"


def test_only_files_that_differ_are_written(tmp_path: Path) -> None:
    assert write_files(tmp_path) == list(FILES)
    assert write_files(tmp_path) == []
    (tmp_path / "docs/machines.md").write_text("old")
    assert write_files(tmp_path) == ["docs/machines.md"]

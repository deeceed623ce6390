"""Writes the generated files of the repository that is named: `python -m liveroom.server.handbook .`."""

from __future__ import annotations

import sys
from pathlib import Path

from liveroom.server.handbook import FILES


def write_files(directory: Path) -> list[str]:
    """Write every file that differs and return the names of those."""
    changed = []
    for name, render in FILES.items():
        file, text = directory / name, render()
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")
            changed.append(name)
    return changed


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("usage: python -m liveroom.server.handbook DIRECTORY, that of the repository")
    for written in write_files(Path(sys.argv[1])):
        sys.stdout.write(f"· {written}\n")

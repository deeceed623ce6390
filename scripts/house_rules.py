"""Checks the rules of this repository that no linter knows.

* A file of code has at most 300 lines, a function in the package fewer than 40.
* Every module says why it exists.
* No text names a path of somebody's machine or the host of a package registry.
* Rules are pure: they never ask for the time.

Exit status 1 and one line for each finding.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES = 300
FUNCTION_LINES = 40
CODE = {".py", ".js", ".mjs", ".css", ".html", ".sh", ".lua", ".ts"}
LEFT_OUT = {
    ".import_linter_cache",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".git",
    ".hypothesis",
    ".venv",
    "node_modules",
    "__pycache__",
    "build",
    "dist",
}

# Written so that these lines do not match themselves.
MACHINE_PATH = re.compile(r"(?<![\w.$}/-])/(?:root|home/[a-z]\w*|Users/[A-Za-z]\w*|work|mnt/[a-z]\w*)/(?=\w)")
REGISTRY = re.compile(
    r"(?:pypi|pythonhosted|npmjs|npmmirror|yarnpkg)[.](?:org|com)|registry[.]npm|artifac[t]ory|/simple/(?=\s|$)", re.I
)
CLOCK_CALLS = {"now", "utcnow", "today", "time_ns", "monotonic", "perf_counter"}


def main() -> int:
    """Print the findings and return the exit status."""
    findings = [finding for path in list_files() for finding in check_file(path)]
    for finding in findings:
        print(finding)
    return 1 if findings else 0


def list_files() -> list[Path]:
    """The files that belong to the repository: those git knows or would add, or all when there is no git."""
    try:
        listing = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=ROOT, capture_output=True, check=True, text=True,
        ).stdout  # fmt: skip
        names = [ROOT / name for name in listing.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        names = list(ROOT.rglob("*"))
    return sorted(path for path in names if path.is_file() and not LEFT_OUT & set(path.relative_to(ROOT).parts))


def check_file(path: Path) -> Iterator[str]:
    """Findings in one file, each starting with its place."""
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        return  # a picture or a sound
    place = path.relative_to(ROOT).as_posix()
    lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        if MACHINE_PATH.search(line):
            yield f"{place}:{number}: names a path of one machine"
        if REGISTRY.search(line):
            yield f"{place}:{number}: names the host of a package registry"
    if path.suffix in CODE and len(lines) > FILE_LINES:
        yield f"{place}: {len(lines)} lines, the limit is {FILE_LINES}"
    if path.suffix == ".py" and text:
        yield from check_python(place, ast.parse(text, place))


def check_python(place: str, tree: ast.Module) -> Iterator[str]:
    """Findings in the structure of one module."""
    if not ast.get_docstring(tree):
        yield f"{place}: the module does not say why it exists"
    if not place.startswith("liveroom/"):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length >= FUNCTION_LINES:
                yield f"{place}:{node.lineno}: {node.name} has {length} lines, the limit is {FUNCTION_LINES - 1}"
        if place.startswith("liveroom/rooms/rules/") and isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else None
            if name in CLOCK_CALLS:
                yield f"{place}:{node.lineno}: a rule asks for the time ({name}); time is an argument"


if __name__ == "__main__":
    sys.exit(main())

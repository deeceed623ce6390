"""What runs inside Locust keeps its promises too; each file of `in_locust/` is tested in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
TIMEOUT_S = 220


@pytest.mark.parametrize("name", sorted(file.stem for file in (HERE / "in_locust").glob("check_*.py")))
def test_the_parts_inside_locust(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(HERE / "in_locust" / f"{name}.py")],
        # Nothing of the standard library has to give way in these tests.
        env={**os.environ, "LOCUST_SKIP_MONKEY_PATCH": "1"},
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]

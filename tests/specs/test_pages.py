"""The pages in docs/ that people write: they lead where they say, and their tables say what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from liveroom.realtime.catalogue import EVERYONE, catalogue
from liveroom.realtime.codes import RETRYABLE, CloseCode, ErrorCode
from liveroom.server.handbook.documents import frame_models
from liveroom.server.settings import Settings
from tests.deploy.compose import variables_of

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("*.md"))]
PROTOCOL = (DOCS / "protocol.md").read_text("utf-8")
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCED = re.compile(r"```.*?```", re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as they are made on the web."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    for target in LINK.findall(FENCED.sub("", page.read_text("utf-8"))):
        if target.startswith(("http://", "https://")):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), f"{page.name} links to {target}"
        assert not anchor or anchor in anchors(file), f"{page.name} links to {target}"


def test_every_page_is_reached_from_the_index() -> None:
    linked = {target.partition("#")[0] for target in LINK.findall((DOCS / "index.md").read_text("utf-8"))}
    assert {page.name for page in DOCS.iterdir() if page.is_file()} - {"index.md"} <= linked


def test_every_variable_that_is_named_is_a_setting() -> None:
    """Or one of the compose files."""
    known = {f"LIVEROOM_{name.upper()}" for name in Settings.model_fields}
    known |= set(variables_of(ROOT / "docker-compose.yml"))
    for page in PAGES:
        named = set(re.findall(r"\bLIVEROOM_[A-Z_]+\b", page.read_text("utf-8")))
        assert named <= known, f"{page.name}: {named - known}"


def test_every_error_code_has_its_row_in_the_protocol() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (yes|no) \|", PROTOCOL, re.MULTILINE))
    assert rows == {code.value: "yes" if code in RETRYABLE else "no" for code in ErrorCode}
    for code in ErrorCode:
        assert f"| {code.meaning} |" in PROTOCOL, f"the meaning of {code.value} is another one in protocol.md"


def test_every_close_code_stands_in_the_row_of_its_range() -> None:
    for code in CloseCode:
        low = int(code) // 100 * 100
        row = next(line for line in PROTOCOL.splitlines() if line.startswith(f"| {low}–{low + 99} |"))
        assert str(int(code)) in row


def test_every_frame_is_described_in_the_protocol() -> None:
    described = set(re.findall(r"^\| `(\w+)[ `]", PROTOCOL, re.MULTILINE))
    assert set(frame_models().server) <= described
    assert {"connect", "ping", "pong"} <= described


def test_every_command_is_in_the_protocol_with_who_may_send_it() -> None:
    rows = re.findall(r"^\| (`[a-z_.]+`(?:, `[a-z_.]+`)*) \| ([a-z, ]+)(?:;[^|]*)? \|", PROTOCOL, re.MULTILINE)
    told = {name: who.strip() for names, who in rows for name in re.findall(r"`([^`]+)`", names)}
    for name, declared in catalogue.commands.items():
        who = told.get(name)
        assert who is not None, name
        roles = EVERYONE if who == "everyone" else set(who.split(", "))
        assert {str(role) for role in roles} == {str(role) for role in declared.roles}, name

"""Lotteries over HTTP, the proof for everybody, and `liveroom lottery verify` on what a server tells."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from click.testing import CliRunner

from liveroom.realtime.identity import Role
from liveroom.server import lottery_cli
from liveroom.server.api import lotteries as routes
from liveroom.server.cli import main
from tests.support.http_app import KEY, ROOM, HttpApp, running_app

LOTTERIES = f"/api/v1/rooms/{ROOM}/lotteries"
WANTED: dict[str, Any] = {
    "title": "今晚抽奖",
    "prizes": [{"name": "免单"}, {"name": "满减券", "count": 2}],
    "lasts_s": 60,
}


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[HttpApp]:
    """With a room that is live."""
    async with running_app(tmp_path / "data") as app:
        await app.open_room()
        yield app


async def draw(app: HttpApp, people: int = 5) -> tuple[str, dict[str, Any]]:
    """A lottery with its winners; gives the commitment that was told before, and the proof."""
    made = (await app.call("POST", LOTTERIES, KEY, json=WANTED, headers={"Idempotency-Key": "k"})).json()["lottery"]
    for at in range(people):
        entered = await app.call("POST", f"{LOTTERIES}/{made['id']}/entries", app.token(f"u{at}"))
        assert entered.json()["data"]["entry"]["number"] == at + 1
    assert (await app.call("GET", f"/api/v1/lotteries/{made['id']}/proof")).status_code == 409
    drawing = (await app.call("POST", f"{LOTTERIES}/{made['id']}/draw", KEY)).json()["lottery"]
    assert (drawing["status"], drawing["entries"]) == ("drawing", people)
    for _ in range(8):
        app.clock.advance(500)
        await app.node.value._timers.settle()
    answer = await app.call("GET", f"/api/v1/lotteries/{made['id']}/proof")
    assert answer.status_code == 200, answer.text
    return made["commitment"], answer.json()


def verify(*arguments: str) -> tuple[int, str]:
    """Run `liveroom lottery verify`."""
    result = CliRunner().invoke(main, ["lottery", "verify", *arguments])
    return result.exit_code, result.output


async def test_a_draw_from_the_announcement_to_the_proof(app: HttpApp, tmp_path: Path) -> None:
    commitment, proof = await draw(app)
    assert (proof["commitment"], proof["entries"], len(proof["winners"])) == (commitment, 5, 3)
    file = tmp_path / "proof.json"
    file.write_bytes(orjson.dumps(proof))
    status, output = verify(str(file), "--commitment", commitment, "--ticket", proof["tickets"][3])
    assert status == 0, output
    assert "holds: the winners follow" in output
    assert "your ticket has number 4" in output
    hidden = await app.call("POST", f"{LOTTERIES}/{proof['lottery']}/hide", KEY)
    assert hidden.json()["lottery"]["status"] == "hidden"
    assert (await app.call("GET", f"/api/v1/lotteries/{proof['lottery']}/proof")).json() == proof


async def test_a_proof_that_was_changed_does_not_hold(app: HttpApp, tmp_path: Path) -> None:
    commitment, proof = await draw(app)
    file = tmp_path / "proof.json"
    file.write_bytes(orjson.dumps(proof | {"winners": proof["winners"][::-1]}))
    status, output = verify(str(file))
    assert (status, "does not hold: the winners are not those of the draw" in output) == (1, True)
    file.write_bytes(orjson.dumps(proof))
    assert verify(str(file), "--commitment", commitment[::-1])[0] == 1
    assert verify(str(file), "--ticket", "00" * 12)[0] == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"{", "Invalid JSON"), (b"{}", "is no proof of a lottery: format"), (None, "cannot be read")],
)
def test_what_is_no_proof_is_said_to_be_none(tmp_path: Path, content: bytes | None, words: str) -> None:
    file = tmp_path / "proof.json"
    if content is not None:
        file.write_bytes(content)
    status, output = verify(str(file))
    assert (status, words in output) == (2, True), output


@pytest.mark.parametrize(
    ("url", "content", "words"),
    [
        ("https://live.test/proof", b"[]", "is no proof of a lottery"),
        ("https://live.test/proof", b'{"tickets": 5}', "is no proof of a lottery"),
        ("https://live.test/proof", b"<html>", "is not JSON"),
        ("https://live.test/proof", b'{"tickets": [], "next": 1}', "its tickets do not end"),
        ("https://live.test/proof", b" " * 2_000, "tells more than 1000 bytes"),
        ("https://live.test:x/proof", b"{}", "cannot be read"),
    ],
)
def test_what_a_server_tells_that_is_no_proof_is_said_to_be_none(
    monkeypatch: pytest.MonkeyPatch, url: str, content: bytes, words: str
) -> None:
    monkeypatch.setattr(lottery_cli, "FILE_BYTES", 1_000)
    client, transport = httpx.Client, httpx.MockTransport(lambda request: httpx.Response(200, content=content))
    monkeypatch.setattr(lottery_cli.httpx, "Client", lambda **how: client(transport=transport, **how))
    status, output = verify(url)
    assert (status, words in output) == (2, True), output


async def test_a_proof_is_read_from_a_server_page_by_page(
    app: HttpApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "PAGE", 2)
    _, first = await draw(app)
    pages = [first]
    while pages[-1].get("next") is not None:
        path = f"/api/v1/lotteries/{first['lottery']}/proof?after={pages[-1]['next']}"
        pages.append((await app.call("GET", path)).json())
    assert [len(page["tickets"]) for page in pages] == [2, 2, 1]

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=pages[int(request.url.params["after"]) // 2])

    client = httpx.Client
    monkeypatch.setattr(lottery_cli.httpx, "Client", lambda **how: client(transport=httpx.MockTransport(answer), **how))
    saved = tmp_path / "saved.json"
    status, output = verify("https://live.test/proof", "--save", str(saved))
    assert (status, "5 entries" in output) == (0, True), output
    assert verify(str(saved))[0] == 0
    status, output = verify(str(saved), "--save", str(tmp_path / "nowhere" / "proof.json"))
    assert (status, "the proof cannot be kept" in output) == (2, True), output


async def test_staff_see_lotteries_and_nobody_else_runs_them(app: HttpApp) -> None:
    made = (await app.call("POST", LOTTERIES, KEY, json=WANTED)).json()["lottery"]
    host, ann = app.token("h", Role.HOST, [ROOM]), app.token("ann")
    await app.call("POST", f"{LOTTERIES}/{made['id']}/entries", ann)
    listed = (await app.call("GET", LOTTERIES, host)).json()["lotteries"]
    assert [(each["lottery"]["id"], each["entered"]) for each in listed] == [(made["id"], 1)]
    assert (await app.call("GET", f"{LOTTERIES}/{made['id']}", host)).json()["entered"] == 1
    for method, path in [("GET", ""), ("GET", f"/{made['id']}"), ("POST", f"/{made['id']}/draw")]:
        assert (await app.call(method, f"{LOTTERIES}{path}", ann)).status_code == 403
    assert "seed" not in (await app.call("GET", f"{LOTTERIES}/{made['id']}", KEY)).text.replace('"seed":null', "")
    assert (await app.call("POST", f"{LOTTERIES}/{made['id']}/cancel", host)).json()["lottery"]["status"] == "cancelled"
    assert (await app.call("GET", "/api/v1/lotteries/l_0000000000000000/proof")).status_code == 404

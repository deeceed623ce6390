"""Documents and the parts of the pages: compressed once, for who takes it, and not sent again to who has it."""

from __future__ import annotations

import gzip
from pathlib import Path

import httpx
import pytest

from liveroom.server.documents import accepts_gzip, make_document
from liveroom.server.packed_files import PackedFiles
from liveroom.server.pages import WEB
from tests.support.http_app import HttpApp, running_app

PATHS = ("/asyncapi.json", "/schemas.json", "/openapi.json", "/web/liveroom.js", "/web/viewer.html")


async def read(app: HttpApp, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """One request; the body is what a client makes of it."""
    answer = await app.call("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    return answer.status_code, dict(answer.headers), answer.content


@pytest.mark.parametrize("path", PATHS)
async def test_who_takes_gzip_gets_less_and_the_same(tmp_path: Path, path: str) -> None:
    async with running_app(tmp_path) as app:
        status, plain, body = await read(app, path, accept_encoding="identity")
        assert (status, "content-encoding" in plain) == (200, False)
        status, packed, same = await read(app, path, accept_encoding="br, gzip")
    assert (status, packed["content-encoding"], same) == (200, "gzip", body)
    assert int(packed["content-length"]) < int(plain["content-length"]) == len(body)
    assert plain["vary"] == packed["vary"] == "Accept-Encoding"
    assert plain["content-type"] == packed["content-type"]
    assert plain["etag"] != packed["etag"], "two forms have two tags (RFC 9110 §8.8.3)"
    assert packed["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", PATHS)
async def test_who_has_the_present_form_gets_no_body(tmp_path: Path, path: str) -> None:
    async with running_app(tmp_path) as app:
        for coding in ("gzip", "identity"):
            _, first, _ = await read(app, path, accept_encoding=coding)
            status, again, body = await read(app, path, accept_encoding=coding, if_none_match=first["etag"])
            assert (status, body, again["etag"]) == (304, b"", first["etag"])


async def test_nothing_is_compressed_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running_app(tmp_path) as app:
        for path in PATHS:
            await read(app, path, accept_encoding="gzip")
        monkeypatch.setattr(gzip, "compress", lambda *_, **__: 1 // 0)
        for path in PATHS:
            assert (await read(app, path, accept_encoding="gzip"))[0] == 200


async def test_a_file_that_was_changed_is_read_again(tmp_path: Path) -> None:
    transport = httpx.ASGITransport(PackedFiles(tmp_path))
    async with httpx.AsyncClient(transport=transport, base_url="http://live.test") as client:
        for line in ("let a = 1;\n", "let a = 22;\n"):
            (tmp_path / "a.js").write_text(line * 200)
            assert (await client.get("/a.js")).text == line * 200


async def test_what_is_no_text_or_small_is_sent_as_it_is(tmp_path: Path) -> None:
    small = [path for path in WEB.rglob("*.js") if path.stat().st_size < 400]
    async with running_app(tmp_path) as app:
        for path in small[:2]:
            _, headers, body = await read(app, f"/web/{path.relative_to(WEB).as_posix()}", accept_encoding="gzip")
            assert "content-encoding" not in headers
            assert body == path.read_bytes()
    assert gzip.decompress(make_document(b"x" * 5_000, "text/css").packed) == b"x" * 5_000


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("deflate, gzip;q=0.5", True),
        ("gzip; q=1.0", True),
        ("*", True),
        ("*;q=0.1", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, *", False),
        ("identity", False),
        ("x-gzipped", False),
        ("", False),
        (",;=;q=,,", False),
    ],
)
def test_whether_gzip_is_accepted_is_read_from_the_header(header: str, accepted: bool) -> None:
    """RFC 9110 §12.5.3."""
    assert accepts_gzip(header) is accepted

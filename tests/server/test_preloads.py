"""A page names the modules it is made of, with the texts in the language of who asks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from liveroom.server.pages import PAGES, WEB
from liveroom.server.preloads import choose_language, list_modules
from tests.support.http_app import running_app

LINK = re.compile(r'<link rel="modulepreload" href="(/web/[^"]+)">')


def test_what_a_module_needs_is_found_once_however_it_is_named(tmp_path: Path) -> None:
    modules = {
        "main.js": 'import { a } from "./a.js";\nexport { b,\n  c } from "./deep/b.js";\n'
        'import "./c.js";\nimport("./later.js");\n',
        "a.js": '// import { x } from "./commented.js"\nimport { b } from "./deep/b.js";\n',
        "deep/b.js": 'import { main } from "../main.js";\nexport const b = 1;\n',
        "c.js": 'import { gone } from "./gone.js";\n',
        "later.js": "",
        "commented.js": "",
    }
    for name, text in modules.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert list_modules([tmp_path / "main.js"]) == [
        tmp_path / name for name in ("main.js", "a.js", "deep/b.js", "c.js")
    ]


@pytest.mark.parametrize(
    ("accepted", "language"), [("zh-CN,zh;q=0.9", "zh"), ("en, ZH-Hant;q=0.1", "zh"), ("de", "en"), ("", "en")]
)
def test_texts_are_those_that_the_page_chooses(accepted: str, language: str) -> None:
    assert choose_language(accepted) == language


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_names_its_modules_before_its_script(tmp_path: Path, path: str) -> None:
    place = path.format(room="r")
    async with running_app(tmp_path) as app:
        pages = {tag: await app.call("GET", place, headers={"accept-language": tag}) for tag in ("zh", "en")}
        for language, page in pages.items():
            assert page.headers["vary"] == "Accept-Encoding, Accept-Language"
            links = LINK.findall(page.text)
            assert len(links) == len(set(links)) > 10
            assert page.text.rindex("modulepreload") < page.text.index('<script type="module"')
            assert {link for link in links if "texts_" in link} == {
                f"/web/{file.name}" for file in WEB.glob(f"texts_{language}*.js")
            }
            for link in links:
                assert (await app.call("GET", link)).status_code == 200, link
        again = {"accept-language": "zh", "if-none-match": pages["zh"].headers["etag"]}
        assert (await app.call("GET", place, headers=again)).status_code == 304
    assert pages["zh"].headers["etag"] != pages["en"].headers["etag"]

"""The network fails: a page that was cut comes back with everything, in order, once."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.people import Host, Viewer
from tests.browser.proxy import Proxy

pytestmark = pytest.mark.asyncio(loop_scope="module")

BACK_MS = 30_000
CUT = ("WebSocket connection to", "Failed to load resource: net::")
"""What a browser says of a connection that is gone."""


async def test_cut_viewer_resumes_with_nothing_lost_or_doubled(
    live_host: Host, open_page: OpenPage, room: str, proxy: Proxy
) -> None:
    ann = Viewer(await open_page(f"/room/{room}", base=proxy.address, allow=CUT))
    await ann.enter("Ann")
    await live_host.say("before the cut")
    await expect(ann.sent("before the cut")).to_have_count(1)

    proxy.cut()
    await expect(ann.page.locator(".link-state")).to_contain_text("Nothing gets lost")
    missed = [f"missed {number}" for number in range(6)]
    for text in missed:
        await live_host.say(text)
        await expect(live_host.comment(text)).to_have_count(1)
    await ann.say("written without a network")
    await expect(ann.comment("written without a network")).to_have_attribute("data-sent", "waiting")

    proxy.mend()
    await expect(ann.page.locator(".link-state")).to_contain_text("nothing missed", timeout=BACK_MS)
    await expect(ann.sent("written without a network")).to_have_count(1)
    await expect(live_host.comment("written without a network")).to_have_count(1)
    lines = await ann.page.locator(".comments li[data-comment]").all_inner_texts()
    read = [line.split(":", 1)[1].strip() for line in lines]
    assert [text for text in read if text.startswith("missed")] == missed
    assert read.count("before the cut") == 1


async def test_show_that_ended_during_the_cut_is_ended_afterwards(
    live_host: Host, open_page: OpenPage, room: str, proxy: Proxy
) -> None:
    ann = Viewer(await open_page(f"/room/{room}", base=proxy.address, allow=CUT))
    await ann.enter("Ann")
    await ann.sees("live")

    proxy.cut()
    await live_host.end()
    proxy.mend()
    await expect(ann.page.locator(".phone")).to_have_attribute("data-show", "ended", timeout=BACK_MS)

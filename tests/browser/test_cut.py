"""The network fails: a page that was cut comes back with everything, in order, once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import expect

from tests.browser.conftest import DESK, OpenPage
from tests.browser.people import Host, Viewer
from tests.browser.proxy import Proxy

pytestmark = pytest.mark.asyncio(loop_scope="session")

BACK_MS = 30_000
SOON_MS = 15_000
"""Below the silence that the heartbeat alone notices, 35 s."""
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
    await ann.page.evaluate(
        "dispatchEvent(new Event('online'))"
    )  # the words wait for 10 s, the next attempt for up to 20
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


async def test_viewer_who_walked_out_of_reach_is_back_within_seconds(
    live_host: Host, open_page: OpenPage, room: str, proxy: Proxy
) -> None:
    ann = Viewer(await open_page(f"/room/{room}", base=proxy.address, allow=CUT))
    await ann.enter("Ann")
    await live_host.say("before the walk")
    await expect(ann.sent("before the walk")).to_have_count(1)

    proxy.lose()
    await live_host.say("during the walk")
    await ann.page.evaluate("dispatchEvent(new Event('online'))")
    await expect(ann.sent("during the walk")).to_have_count(1, timeout=SOON_MS)

    proxy.lose()
    await ann.say("into a dead line")
    written = ann.comment("into a dead line")
    await expect(written.and_(ann.page.locator(":not([data-sent=waiting])"))).to_have_count(1, timeout=SOON_MS)
    if await written.locator(".again").count():  # on a slow machine the 10 s for an answer may be over first
        await written.locator(".again").click()
    await expect(live_host.comment("into a dead line")).to_have_count(1, timeout=SOON_MS)
    await expect(ann.sent("into a dead line")).to_have_count(1)


async def test_comment_that_got_no_answer_counts_once_when_it_is_sent_again(
    live_host: Host, open_page: OpenPage, room: str, proxy: Proxy
) -> None:
    ann = Viewer(await open_page(f"/room/{room}", base=proxy.address, allow=CUT))
    await ann.enter("Ann")

    proxy.lose_answers()
    await ann.say("did you get this?")
    await expect(live_host.comment("did you get this?")).to_have_count(1)
    proxy.cut()
    await expect(ann.comment("did you get this?").locator(".again")).to_be_visible()
    proxy.mend()
    await ann.page.evaluate("dispatchEvent(new Event('online'))")
    await expect(ann.sent("did you get this?")).to_have_count(1, timeout=BACK_MS)
    await ann.comment("did you get this?").locator(".again").click()
    await expect(ann.comment("did you get this?")).to_have_count(1)
    await ann.say("fine")
    await expect(live_host.comment("fine")).to_have_count(1)
    await expect(live_host.comment("did you get this?")).to_have_count(1)


async def test_words_of_the_host_that_got_no_answer_count_once_when_they_are_sent_again(
    live_host: Host, viewer: Callable[..., Awaitable[Viewer]], open_page: OpenPage, room: str, proxy: Proxy
) -> None:
    ann = await viewer("Ann")
    host = Host(await open_page(f"/host/{room}", base=proxy.address, viewport=DESK, allow=CUT))
    await host.is_in()

    proxy.lose_answers()
    await host.say("blue is back")
    await expect(ann.sent("blue is back")).to_have_count(1)
    proxy.cut()
    await expect(host.page.locator(".write input")).to_have_value("blue is back")
    proxy.mend()
    await host.page.press(".write input", "Enter")
    await host.page.evaluate("dispatchEvent(new Event('online'))")
    await expect(host.comment("blue is back")).to_have_count(1, timeout=BACK_MS)
    await expect(host.page.locator(".write input")).to_have_value("")
    await live_host.say("fine")
    await expect(ann.sent("fine")).to_have_count(1)
    await expect(ann.sent("blue is back")).to_have_count(1)

"""People talk: what one writes the others read, once, as text, and nothing is lost on the way."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import expect

from tests.browser.people import Host, Viewer

pytestmark = pytest.mark.asyncio(loop_scope="session")

Enter = Callable[..., Awaitable[Viewer]]
MARKUP = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
SAY_ALL = """(texts) => {
  const form = document.querySelector(".composer");
  for (const text of texts) {
    form.elements.text.value = text;
    form.requestSubmit();
  }
}"""
"""In one moment, as nobody writes: the pace allows more to those who need longer."""
DRAWS_WHEN_TOLD = """() => {
  const waiting = [];
  globalThis.requestAnimationFrame = (call) => waiting.push(call);
  globalThis.draw = () => waiting.splice(0).forEach((call) => call(performance.now()));
}"""
"""A machine so slow that a comment comes back before the next picture."""


async def test_what_one_viewer_writes_another_and_the_host_read(live_host: Host, viewer: Enter) -> None:
    ann, ben = await viewer("Ann"), await viewer("Ben")

    await ann.say("Is there an XL?")
    await expect(ben.sent("Is there an XL?")).to_contain_text("Ann:")
    await expect(live_host.comment("Is there an XL?")).to_contain_text("Ann")

    await live_host.say("Yes, in blue")
    await expect(ann.sent("Yes, in blue")).to_contain_text("Host")
    await expect(ben.sent("Yes, in blue").locator("[data-from=host]")).to_be_visible()


async def test_own_comment_is_shown_once_however_it_comes_back(live_host: Host, viewer: Enter) -> None:
    ann = await viewer("Ann")

    for number in range(4):
        await ann.say(f"line {number}")
    for number in range(4):
        await expect(ann.sent(f"line {number}")).to_have_count(1)
    await expect(live_host.comment("line 3")).to_have_count(1)
    await expect(ann.comment("line")).to_have_count(4)
    await expect(ann.page.locator("[data-sent=waiting]")).to_have_count(0)


async def test_own_comment_is_shown_as_sent_when_it_comes_back_before_it_is_drawn(
    live_host: Host, viewer: Enter
) -> None:
    ann = await viewer("Ann")
    await ann.page.evaluate(DRAWS_WHEN_TOLD)

    await ann.say("quick as a flash")
    await expect(live_host.comment("quick as a flash")).to_have_count(1)
    await ann.page.evaluate("draw()")
    await expect(ann.sent("quick as a flash")).to_have_count(1)
    await expect(ann.comment("quick as a flash")).to_have_count(1)


async def test_markup_in_names_comments_and_titles_stays_text(live_host: Host, viewer: Enter) -> None:
    ann, ben = await viewer("<b>Ann</b>"), await viewer("Ben")

    await ann.say(MARKUP)
    await live_host.page.click("[data-edit]")
    await live_host.page.fill("input[name=title]", "<i>Sale</i>")
    await live_host.page.press("input[name=title]", "Enter")

    await expect(ben.sent("onerror=")).to_contain_text("<b>Ann</b>:")
    await expect(live_host.comment("onerror=")).to_contain_text(MARKUP)
    await expect(ben.page.locator("h1")).to_have_text("<i>Sale</i>")
    for person in (ann, ben, live_host):
        assert await person.page.locator("img[src=x], .comments script, h1 i").count() == 0
        assert "owned" not in await person.page.title()


async def test_reply_quotes_what_it_answers_and_a_mention_reaches_its_reader(live_host: Host, viewer: Enter) -> None:
    ann, ben = await viewer("Ann"), await viewer("Ben")
    await ann.say("Which size are you wearing?")

    await ben.sent("Which size").locator("[role=button]").click()
    await ben.say("It is an M")
    await expect(ann.sent("It is an M").locator(".quote")).to_have_text("Ann: Which size are you wearing?")
    await expect(ann.sent("It is an M").locator("[data-to-me]")).to_be_visible()

    await ben.page.locator(".composer input[name=text]").press_sequentially("thanks @An")
    await ben.page.press(".composer input[name=text]", "Enter")
    await expect(ben.page.locator(".composer input[name=text]")).to_have_value("thanks @Ann ")
    await ben.page.press(".composer input[name=text]", "Enter")
    await expect(ann.sent("thanks").locator("mark")).to_have_text("@Ann")


async def test_refused_comment_keeps_its_words_and_can_be_sent_again(live_host: Host, viewer: Enter) -> None:
    ann = await viewer("Ann")

    await ann.page.evaluate(SAY_ALL, [f"quick {number}" for number in range(8)])
    refused = ann.page.locator(".comment[data-sent=failed]").first
    await expect(refused).to_contain_text("Too fast")
    words = re.search(r"quick \d", await refused.inner_text())
    assert words
    await expect(live_host.comment(words[0])).to_have_count(0)

    async with asyncio.timeout(30):
        while await ann.sent(words[0]).count() == 0:  # refused again until the pace allows it
            await ann.comment(words[0]).locator(".again").click()
            await expect(ann.comment(words[0]).and_(ann.page.locator(":not([data-sent=waiting])"))).to_have_count(1)
    await expect(ann.comment(words[0])).to_have_count(1)
    await expect(live_host.comment(words[0])).to_have_count(1)


async def test_emoji_row_writes_into_the_comment(live_host: Host, viewer: Enter) -> None:
    ann = await viewer("Ann")

    await ann.page.click("[data-emoji-toggle]")
    await ann.page.click(".emoji button:has-text('🎉')")
    await ann.page.click(".composer .send")
    await expect(live_host.comment("🎉")).to_have_count(1)

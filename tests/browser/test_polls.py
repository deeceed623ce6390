"""Polls, quizzes and predictions: the host asks, viewers tap, everybody sees how it stands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, expect

from tests.browser.people import Host, Viewer

pytestmark = pytest.mark.asyncio(loop_scope="session")

Enter = Callable[..., Awaitable[Viewer]]


async def _ask(page: Page, kind: str, question: str, choices: list[str], right: int = 0) -> None:
    await page.click(".new-poll summary")
    await page.select_option(".new-poll [name=kind]", kind)
    await page.fill("[name=question]", question)
    while await page.locator(".new-poll [name=choice]").count() < len(choices):
        await page.click(".choice-fields + .plain")
    for at, text in enumerate(choices):
        await page.locator(".new-poll [name=choice]").nth(at).fill(text)
    if kind == "quiz":
        await page.locator(".new-poll [name=right]").nth(right).check()
    await page.click(".new-poll .primary")


async def test_viewers_vote_once_see_how_it_stands_and_learn_what_was_right(live_host: Host, viewer: Enter) -> None:
    ann, ben = await viewer("Ann"), await viewer("Ben")
    await live_host.tab("play")

    await _ask(live_host.page, "poll", "Which first?", ["Red", "Blue", "White"])
    poll = ann.page.locator(".front .poll")
    await expect(poll.locator("h2")).to_have_text("Which first?")
    await poll.locator("button[data-choice=b]").click()
    await expect(poll.locator("[data-mine]")).to_have_text("Blue100%")
    await expect(ben.page.locator(".front .share", has_text="%")).to_have_count(0)
    await ben.page.click(".front button[data-choice=a]")
    await expect(poll.locator("[data-choice=a] .share")).to_have_text("50%")
    await expect(live_host.page.locator(".polls [data-choice=b] .number")).to_have_text("1 · 50%")

    await ann.page.click(".front .bare")
    await expect(ann.page.locator(".front > *")).to_have_count(0)
    await ann.page.click(".rail [data-chip]")
    await ann.page.reload()
    await expect(poll.locator("[data-mine] .words")).to_have_text("Blue")
    await live_host.page.click(".polls [data-does=close]")
    await expect(poll).to_have_attribute("data-status", "closed")
    await live_host.page.click(".polls [data-does=hide]")
    await expect(poll).to_have_count(0)

    await _ask(live_host.page, "quiz", "Which is linen?", ["This", "That"], right=1)
    await poll.locator("button[data-choice=a]").click()
    await ben.page.click(".front button[data-choice=b]")
    for person, choice in ((ann, "a"), (ben, "b")):  # the vote is counted, so that the end cannot come before it
        await expect(person.page.locator(f".front [data-mine][data-choice={choice}]")).to_be_visible()
    await live_host.page.click(".polls [data-does=close]")
    await expect(poll.locator("[data-state=right]")).to_contain_text("That")
    await expect(poll.locator("footer b")).to_have_text("Not this time")
    await expect(ben.page.locator(".front footer b[data-good]")).to_have_text("Right")
    await live_host.page.click(".polls [data-does=hide]")

    await _ask(live_host.page, "prediction", "Sold out by ten?", ["Yes", "No"])
    await poll.locator("button[data-choice=a]").click()
    await expect(poll.locator("[data-mine]")).to_be_visible()
    await live_host.page.click(".polls [data-does=close]")
    await expect(poll.locator("footer b")).to_contain_text("The host will tell")
    await live_host.page.locator(".polls .settle button", has_text="Yes").click()
    await expect(poll.locator("footer b[data-good]")).to_have_text("You called it")

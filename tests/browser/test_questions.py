"""Questions and topics: who asks learns what becomes of it, the host works through one queue, opinions are gathered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import expect

from tests.browser.people import Host, Viewer, hold_back

pytestmark = pytest.mark.asyncio(loop_scope="session")

Enter = Callable[..., Awaitable[Viewer]]


async def test_who_asks_learns_what_becomes_of_it_and_a_topic_gathers_opinions(live_host: Host, viewer: Enter) -> None:
    ann, ben = await viewer("Ann"), await viewer("Ben")
    desk = live_host.page
    await live_host.tab("questions")

    await ann.say("When does it ship?")
    asked = ann.page.locator(".asked")
    await expect(asked).to_contain_text("With the host")
    await ben.say("when does it ship??")
    question = desk.locator(".queue .question", has_text="When does it ship?")
    await expect(question.locator(".times")).to_have_text("×2")
    await question.locator("[data-does=take]").click()
    await expect(asked).to_contain_text("Host is answering")
    await question.locator("textarea").fill("Within two days")
    late = await hold_back(ben.page, "viewer/questions.js")
    await ben.page.reload()
    await ben.is_in()
    await question.locator("[data-does=answer]").click()
    await expect(asked).to_contain_text("Answered by Host")
    await expect(asked).to_contain_text("Within two days")
    await expect(question).to_have_count(0)
    late.set()
    await expect(ben.page.locator(".asked")).to_contain_text("Answered by Host")
    await ben.page.click(".asked")
    await expect(ben.page.locator(".question-sheet li")).to_contain_text("Within two days")
    await ben.page.keyboard.press("Escape")

    await ben.say("Is it lined?")
    other = desk.locator(".queue .question", has_text="Is it lined?")
    await expect(other).to_have_count(1)
    await desk.reload()
    await live_host.tab("questions")
    await expect(desk.locator(".numbers [data-figure=comments] dd")).not_to_have_text("0", timeout=30_000)
    await expect(desk.locator(".numbers [data-figure=questions] dd")).to_have_text("1 / 2", timeout=30_000)
    await other.locator("select").select_option("follow_up")
    await expect(ben.page.locator(".asked")).to_contain_text("after the show")
    await other.locator("[data-does=dismiss]").click()
    await expect(other).to_have_count(0)

    await live_host.tab("play")
    await desk.click(".new-topic summary")
    await desk.fill(".new-topic [name=text]", "This one?")
    await desk.click(".new-topic .primary")
    topic = ann.page.locator(".front .topic")
    await topic.locator("button[data-choice=a]").click()
    await expect(ben.sent("I like it")).to_contain_text("Ann")
    await expect(topic.locator("[data-choice=a] .share")).to_have_text("1")
    await ben.page.click(".front .topic .link")
    await ben.say("So-so, too short")
    await expect(desk.locator(".topics [data-choice=b] .number")).to_have_text("1 · 50%")
    await desk.click(".topics [data-does=close]")
    await expect(topic).to_have_attribute("data-status", "closed")
    await desk.click(".topics [data-does=hide]")
    await expect(topic).to_have_count(0)


async def test_host_who_writes_an_answer_goes_on_when_a_question_comes_meanwhile(
    live_host: Host, viewer: Enter
) -> None:
    ann, ben = await viewer("Ann"), await viewer("Ben")
    desk = live_host.page
    await live_host.tab("questions")
    await ann.say("When does it ship?")
    await desk.locator(".queue [data-does=take]").click()
    await desk.locator(".queue textarea").press_sequentially("Within ")

    await ben.say("Is it lined?")
    await expect(desk.locator(".queue .question")).to_have_count(2)
    await desk.keyboard.type("two days")
    await expect(desk.locator(".queue textarea")).to_have_value("Within two days")

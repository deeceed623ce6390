"""Keeping order: what the host does about a comment or a person is seen at once, and those it concerns are told why."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Locator, expect

from tests.browser.people import Host, Viewer
from tests.support.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

Enter = Callable[..., Awaitable[Viewer]]
MUTED = re.compile(r"^You are muted for (05:00|04:\d\d)$")
FIELD = ".composer input[name=text]"


async def test_what_the_host_does_from_a_tap_on_a_comment_reaches_viewers(live_host: Host, viewer: Enter) -> None:
    ann, ben = await viewer("Ann"), await viewer("Ben")
    await ann.say("Blue is back at eight")
    await ben.say("nonsense")
    await expect(ann.sent("nonsense")).to_be_visible()
    await ann.sent("nonsense").locator("[role=button]").click()
    await ann.say("what do you mean?")
    await expect(ben.sent("what do you mean?").locator(".quote")).to_be_visible()

    dialog = await live_host.about("Blue is back")
    await dialog.locator("[data-does=pin]").click()
    await expect(ben.page.locator(".pinned")).to_contain_text("Blue is back at eight")
    await dialog.locator("[data-close]").click()

    await live_host.comment("nonsense").filter(has_not_text="what").locator("[data-more]").click()
    await dialog.locator("[data-does=remove]").click()
    for person in (ann, ben):
        await expect(person.comment("nonsense")).to_have_count(0)
        await expect(person.sent("what do you mean?").locator(".quote")).to_have_count(0)
    await expect(live_host.comment("nonsense")).to_have_count(0)
    await dialog.locator("[data-does=mute_5m]").click()
    await expect(dialog.locator(".said-so")).to_have_text("Muted")
    await expect(ben.page.locator(FIELD)).to_be_disabled()
    await expect(ben.page.locator(FIELD)).to_have_attribute("placeholder", MUTED)
    await dialog.locator("[data-does=unmute]").click()
    await expect(ben.page.locator(FIELD)).to_be_enabled()


async def choose(rules: Locator, name: str, value: str) -> None:
    """Change a rule and wait until the server has told it; the focus stays."""
    before = await rules.get_attribute("data-version")
    assert before
    await rules.locator(f"[name={name}]").focus()
    await rules.locator(f"[name={name}]").select_option(value)
    await expect(rules).not_to_have_attribute("data-version", before)
    await expect(rules.locator(f"[name={name}]:focus")).to_have_value(value)


async def test_rules_of_talk_are_said_where_people_write(
    live_host: Host, viewer: Enter, server: Server, room: str
) -> None:
    ann, ben = await viewer("Ann"), await viewer("Ben")
    await live_host.tab("order")
    server.call("PATCH", f"/rooms/{room}/talk", fold_s=60)
    rules = live_host.page.locator(".rules")

    for _ in range(3):
        await ann.say("666")
    await expect(ben.sent("666")).to_have_count(3)
    await ben.say("６６６")
    await expect(ben.comment("counted together")).to_be_visible()
    await expect(ann.page.locator(".same")).to_have_text("×2")

    await choose(rules, "hold", "everybody")
    await ben.say("May I?")
    await expect(ben.comment("May I?")).to_contain_text("looks at it first")
    await live_host.page.locator(".held .act", has_text="May I?").locator("[data-does=activate]").click()
    await expect(ann.sent("May I?")).to_be_visible()
    await expect(ben.comment("May I?")).to_have_count(1)
    await expect(live_host.page.locator(".held .act")).to_have_count(0)
    await choose(rules, "hold", "nobody")

    await choose(rules, "slow_s", "60")
    await expect(ann.page.locator(FIELD)).to_have_attribute("placeholder", "Slow mode: one every 60 s")
    await ann.say("one")
    await expect(ann.sent("one")).to_be_visible()
    await ann.page.fill(FIELD, "two")
    await expect(ann.page.locator(".send[data-wait]")).to_be_disabled()

    await rules.locator("[name=muted_all]").check()
    await expect(ben.page.locator(FIELD)).to_have_attribute("placeholder", "Everybody is muted for the moment")
    await live_host.page.click("[data-list=audience]")
    await live_host.page.locator(".people button", has_text="Ben").click()
    await live_host.page.click("dialog.person [data-does=kick]")
    await ben.sees("gone")

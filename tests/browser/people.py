"""People at their browsers: what a viewer and a host do, in words of the product."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from playwright.async_api import Locator, Page, Route, expect


async def hold_back(page: Page, module: str) -> asyncio.Event:
    """Keep a module from the page until the event is set."""
    released = asyncio.Event()

    async def wait(route: Route) -> None:
        await released.wait()
        await route.continue_()

    await page.route(f"**/{module}", wait)
    return released


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody on the viewer's page."""

    page: Page

    async def enter(self, name: str) -> None:
        """Give a name and enter."""
        await self.page.fill("#entry-name", name)
        await self.page.click(".entry .primary")
        await self.is_in()

    async def is_in(self) -> None:
        """Wait until the room is shown."""
        await expect(self.page.locator(".phone:not([data-show=unknown])")).to_be_visible()

    async def say(self, text: str) -> None:
        """Write a comment."""
        await self.page.fill(".composer input[name=text]", text)
        await self.page.press(".composer input[name=text]", "Enter")

    def comment(self, text: str) -> Locator:
        """The comments with this text."""
        return self.page.locator(".comment", has_text=text)

    def sent(self, text: str) -> Locator:
        """The comments with this text that the server has numbered."""
        return self.page.locator(".comments li[data-comment]", has_text=text)

    async def sees(self, phase: str) -> None:
        """Wait for a phase of the show: closed, waiting, live, ended, gone."""
        await expect(self.page.locator(".phone")).to_have_attribute("data-show", phase)


@dataclass(frozen=True, slots=True)
class Host:
    """Somebody on the host's page."""

    page: Page

    async def is_in(self) -> None:
        """Wait until the room's state is shown."""
        await expect(self.page.locator(".action")).to_be_visible()

    async def open(self) -> None:
        """Let viewers in."""
        await self._step("open", "open")

    async def go_live(self) -> None:
        """Begin the show."""
        await self._step("go_live", "live")

    async def end(self) -> None:
        """End the show and confirm it."""
        await self.page.click(".action[data-does=end]")
        await self.page.click("dialog.ask .danger")
        await expect(self.page.locator(".state")).to_have_attribute("data-show", "ended")

    async def say(self, text: str) -> None:
        """Write as the host."""
        await self.page.fill(".write input", text)
        await self.page.press(".write input", "Enter")

    def comment(self, text: str) -> Locator:
        """The lines of the stream with this text."""
        return self.page.locator(".said", has_text=text)

    async def tab(self, name: str) -> None:
        """Bring a part of the side column to the front: cues, play, deals, gifts or order."""
        await self.is_in()
        await self.page.click(f".side-tabs [data-open={name}]")

    async def about(self, text: str) -> Locator:
        """The dialog about the comment with this text and who wrote it."""
        await self.comment(text).locator("[data-more]").click()
        return self.page.locator("dialog.person[open]")

    async def deal(self, name: str) -> Locator:
        """The card of a campaign, in front."""
        await self.tab("deals")
        return self.page.locator(".deal", has_text=name)

    async def _step(self, does: str, then: str) -> None:
        await self.page.click(f".action[data-does={does}]")
        await expect(self.page.locator(".state")).to_have_attribute("data-show", then)

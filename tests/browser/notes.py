"""What every page notes of itself for the tests, since a look may come too late for it.

Promise: whatever was shown for a moment is known afterwards, and so is every media connection that the page has made.
"""

from __future__ import annotations

import asyncio

from playwright.async_api import Page

PATIENCE_S = 30.0
NOTE = """
globalThis.passed = new Map(); // what leaves by itself: a class and the words it had, with the element
new MutationObserver(() => {
  for (const node of document.querySelectorAll(".moments > *, .banner, .battle-count, .rain .headline")) {
    if (node.textContent) passed.set(`${node.className} ${node.textContent}`, node);
  }
}).observe(document, { childList: true, characterData: true, subtree: true });
globalThis.peers = [];
globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...options) {
    super(...options);
    peers.push(this);
  }
};
"""
"""To be run before all other scripts of a page."""
HAS_PASSED = """async ([kind, words]) => {
  const is = (node, text) => node.matches(`.${kind}`) && words.every((one) => text.includes(one));
  while (![...passed].some(([text, node]) => is(node, text))) await new Promise((done) => setTimeout(done, 50));
}"""
COUNT_PASSED = "(kind) => [...passed.values()].filter((node) => node.matches(`.${kind}`)).length"


async def passes(page: Page, kind: str, *words: str) -> None:
    """Wait until something of this class with these words is shown, or was since the page was loaded."""
    async with asyncio.timeout(PATIENCE_S):
        await page.evaluate(HAS_PASSED, [kind, list(words)])


async def count_passed(page: Page, kind: str) -> int:
    """How many of this class were shown since the page was loaded."""
    return int(await page.evaluate(COUNT_PASSED, kind))

"""The app's own judge of texts behind one URL, asked with a deadline (L10).

A signed POST as Standard Webhooks has them; 200 with `{"verdict": "publish" | "hold" | "shadow" | "refuse"}` counts,
anything else, or nothing within the deadline, is the stated policy. Promise: a comment waits for it no longer than the
deadline; calls under way are bounded, and what is above them is the policy at once; a judge that is away is left alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Literal

import httpx
import orjson

from liveroom.realtime.clock import Clock
from liveroom.rooms.messages.comment import CommentSent
from liveroom.rooms.moderation.screen import Reason, Ruling
from liveroom.rooms.moderation.words import Action
from liveroom.rooms.webhooks.breaker import Breaker
from liveroom.rooms.webhooks.hook_calls import HookCalls

Policy = Literal["publish", "hold", "refuse"]
_ACTIONS: dict[str, Action | None] = {
    "publish": None,
    "hold": Action.HOLD,
    "shadow": Action.SHADOW,
    "refuse": Action.BLOCK,
}


class ReviewHook:
    """See the module.

    Args:
        url: of the judge.
        secrets: `whsec_…`; each signs.
        deadline_s: longest wait for the answer; who finds no free line does not wait.
        policy: what becomes of a comment that was not judged in time.
        lines: calls under way at the same time.
    """

    def __init__(
        self, url: str, secrets: Sequence[str], deadline_s: float, policy: Policy, lines: int, clock: Clock
    ) -> None:
        self._calls = HookCalls(url, secrets, lines, deadline_s, clock)
        self._deadline_s = deadline_s
        self._policy = policy
        self._clock = clock
        self._breaker = Breaker()
        self._free = lines
        self.answered: dict[str, int] = {}

    async def close(self) -> None:
        """End."""
        await self._calls.close()

    async def review(self, room: str, comment: CommentSent) -> Ruling:
        """See `Reviewer.review`."""
        verdict = await self._ask(room, comment)
        word = verdict or f"unanswered_{self._policy}"
        self.answered[word] = self.answered.get(word, 0) + 1
        action = _ACTIONS[verdict or self._policy]
        return Ruling(action, comment.text, Reason.REVIEW if action is not None else None)

    async def _ask(self, room: str, comment: CommentSent) -> str | None:
        """The judge's word; None: there was none."""
        if not self._free or not self._breaker.admit(self._clock.monotonic_s()):
            return None
        self._free -= 1
        verdict = None
        try:
            async with asyncio.timeout(self._deadline_s):
                verdict = await self._post(room, comment)
        except (TimeoutError, httpx.HTTPError):
            pass
        finally:
            self._free += 1
            if verdict is None:
                self._breaker.failed(self._clock.monotonic_s())
            else:
                self._breaker.succeeded()
        return verdict

    async def _post(self, room: str, comment: CommentSent) -> str | None:
        about: dict[str, Any] = {"room": room, "comment": comment.model_dump(mode="json", exclude_none=True)}
        body = orjson.dumps({"type": "comment.review", "data": about})
        said = await self._calls.ask(f"review_{comment.id}", comment.id, body)
        verdict = said.get("verdict") if said is not None else None
        return verdict if isinstance(verdict, str) and verdict in _ACTIONS else None

"""What keeps a load test from beginning."""

from __future__ import annotations


class TargetRefused(Exception):
    """The deployment did not do what a load test needs of it; the message says what and why."""

    code = "target_refused"
    retryable = False

    def __init__(self, says: str, status: int | None = None) -> None:
        """Say what and why; `status` is that of the answer, where there was one."""
        super().__init__(says)
        self.status = status

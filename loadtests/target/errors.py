"""What keeps a load test from beginning."""

from __future__ import annotations


class TargetRefused(Exception):
    """The deployment did not do what a load test needs of it; the message says what and why."""

    code = "target_refused"
    retryable = False

"""Why a load test could not be made; the command line prints the message and exits with 3."""

from __future__ import annotations


class LoadtestFailed(Exception):
    """No run came about."""

    code = "loadtest_failed"
    retryable = False

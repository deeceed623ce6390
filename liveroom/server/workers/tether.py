"""Ends a process when the one that started it is gone, however that ended: no worker and no Valkey is left behind.

`python -m liveroom.server.workers.tether PARENT PROGRAM …` runs a program that cannot do this itself.
Linux only (prctl(2), PR_SET_PDEATHSIG); elsewhere nothing happens.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def tether(parent: int) -> None:
    """Get SIGTERM when the process `parent` ends; it may have ended already."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    tether(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - the program is named by the process that started this one

"""Makes sure that every socket the settings allow can be opened, since each is an open file.

Promise: a process that serves never meets the limit of its open files: the soft limit is raised as far as that takes,
and where the hard limit is too low, a number that was asked for stops the start and the default one is made smaller.
"""

from __future__ import annotations

import logging
import sys

from liveroom.server.errors import ConfigurationRefused
from liveroom.server.settings import Settings

logger = logging.getLogger(__name__)

SPARE_FILES = 256
"""For the program, the database, logs, the key set, and sockets that are being sent away."""
LEAST_CONNECTIONS = 100
"""With room for fewer than this nothing worth the name can be served."""


def fit_open_files(settings: Settings) -> Settings:
    """Raise the limit of open files to what the settings need, or fit the settings to it.

    Returns:
        The settings, with fewer `max_connections` where the default did not fit.

    Raises:
        ConfigurationRefused: the hard limit is too low for what was asked for; the message says what to do.
    """
    if sys.platform == "win32":
        return settings
    others = settings.max_http_connections + settings.database_connections + SPARE_FILES
    needed = settings.max_connections + others
    allowed = _raise_limit(needed)
    if needed <= allowed:
        return settings
    left = allowed - others
    if "max_connections" in settings.model_fields_set or left < LEAST_CONNECTIONS:
        text = (
            f"LIVEROOM_MAX_CONNECTIONS: {settings.max_connections} needs {needed} open files and this process may have "
            f"{allowed}; raise the hard limit (`ulimit -Hn`, LimitNOFILE=, --ulimit nofile=) or ask for at most "
            f"{max(0, left)}"
        )
        raise ConfigurationRefused([text])
    facts = {"needed": needed, "allowed": allowed, "max_connections": left}
    logger.warning("open_files_too_few", extra=facts)
    return settings.model_copy(update={"max_connections": left})


def _raise_limit(needed: int) -> int:
    """Raise the soft limit to `needed` or as near as the hard one lets it; gives how many files there may be."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return needed
    wanted = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):  # Some systems have a further limit of their own.
        return soft
    return wanted

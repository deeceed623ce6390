"""Structured logs: one line for each thing that happened, for machines (JSON) or for people (console).

Everything goes one way: structlog, the standard library, uvicorn and warnings end in the same handler and pass the
same redaction. An event is a short name in the past tense; what belongs to it are fields.
Promise: no line contains a token, a secret, a message body or a query string; a stranger's input cannot start a line.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal, TextIO

import orjson
import structlog
from structlog.typing import Processor

from liveroom.server.redaction import redact

_ACCESS_ARGUMENTS = 5
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# These say on INFO what our own log lines say better, name every address we call, or show on DEBUG every value that is
# written to the database.
_QUIET = ("httpx", "httpcore", "asyncio", "aiosqlite")


def configure_logs(
    *,
    level: Literal["debug", "info", "warning", "error"] = "info",
    format_: Literal["json", "console"] = "json",
    stream: TextIO | None = None,
) -> None:
    """Send all logs of the process to `stream` (stderr when None). Calling it again replaces what was set before."""
    target = stream if stream is not None else sys.stderr
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_FIRST_STEPS,
            pass_foreign_args=True,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                redact,
                *_make_renderers(format_, colors=target.isatty()),
            ],
        )
    )
    _route_standard_library(handler, logging.getLevelNamesMapping()[level.upper()])
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_FIRST_STEPS,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _route_standard_library(handler: logging.Handler, level: int) -> None:
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.captureWarnings(True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, level))
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True


def _make_renderers(format_: Literal["json", "console"], *, colors: bool) -> list[Processor]:
    if format_ == "json":
        return [structlog.processors.JSONRenderer(serializer=_write_json)]
    return [
        _escape_controls,
        structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback),
    ]


def _escape_controls(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep a message on its line: JSON escapes control characters by itself, a console would obey them."""
    event["event"] = _CONTROL.sub(_escape, str(event.get("event", "")))
    if "exception" in event:
        event["exception"] = "\n".join(_CONTROL.sub(_escape, line) for line in str(event["exception"]).split("\n"))
    return event


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _write_json(event: Any, **_: Any) -> str:
    # orjson leaves DEL, C1 controls and line separators as they are; terminals and some readers obey them.
    return _CONTROL.sub(_escape, orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode())


def _read_access_record(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Turn uvicorn's access line into fields; the query string is left out, since people put tokens there."""
    arguments = event.pop("positional_args", None)
    if event.get("logger") != "uvicorn.access":
        return event
    if not isinstance(arguments, tuple) or len(arguments) != _ACCESS_ARGUMENTS:
        return event
    address, http_method, path, _version, status = arguments
    event.update(
        event="http_answered",
        address=str(address),
        method=http_method,
        path=str(path).partition("?")[0],
        status=status,
    )
    return event


_FIRST_STEPS: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    _read_access_record,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    # The plain traceback: the local variables of a frame are exactly what must not be logged.
    structlog.processors.format_exc_info,
)

"""Errors as HTTP answers: the same object as on the socket, with a fitting status."""

from __future__ import annotations

import logging
from typing import Any, cast

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError

logger = logging.getLogger(__name__)

STATUS: dict[str, int] = {
    ErrorCode.INVALID_FIELD: 422,
    ErrorCode.UNKNOWN_FIELD: 422,
    ErrorCode.BAD_JSON: 400,
    ErrorCode.INVALID_TOKEN: 401,
    ErrorCode.TOKEN_EXPIRED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.BANNED: 403,
    ErrorCode.GUESTS_NOT_ALLOWED: 403,
    ErrorCode.ROOM_NOT_FOUND: 404,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.ROOM_EXISTS: 409,
    ErrorCode.WRONG_STATE: 409,
    ErrorCode.ROOM_NOT_OPEN: 409,
    ErrorCode.KEY_CONFLICT: 409,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.OVERLOADED: 503,
    ErrorCode.UNAVAILABLE: 503,
}

RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"description": text}
    for status, text in (
        (401, "no acceptable API key or token"),
        (403, "not allowed"),
        (404, "no such room or thing"),
        (409, "not possible in the present state"),
        (429, "too many; wait as long as `Retry-After` says"),
        (503, "not now; wait as long as `Retry-After` says"),
    )
}
"""For the OpenAPI of routes that act on a room."""


def add_handlers(application: FastAPI) -> None:
    """Answer all errors in one form: `{"error": {code, message, retryable, …}}`."""
    application.add_exception_handler(RealtimeError, _answer_typed)
    application.add_exception_handler(RequestValidationError, _answer_invalid)
    application.add_exception_handler(HTTPException, _answer_http)
    application.add_exception_handler(Exception, _answer_fault)


def _answer(status: int, error: dict[str, object], headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps({"error": error}), status, headers, media_type="application/json")


async def _answer_typed(_: Request, error: Exception) -> Response:
    error = cast(RealtimeError, error)
    headers = {}
    if error.retry_after_ms is not None:
        headers["Retry-After"] = str(-(-error.retry_after_ms // 1000))
    status = STATUS.get(error.code, 500)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return _answer(status, error.as_object(), headers)


async def _answer_invalid(_: Request, error: Exception) -> Response:
    fault = cast(RequestValidationError, error).errors()[0]
    field = ".".join(str(part)[:64] for part in fault["loc"][1:]) or "body"
    code = ErrorCode.UNKNOWN_FIELD if fault["type"] == "extra_forbidden" else ErrorCode.INVALID_FIELD
    if fault["type"] == "json_invalid":
        code, field = ErrorCode.BAD_JSON, "body"
    return _answer(STATUS[code], RealtimeError(code, f"`{field}`: {fault['msg']}", field=field).as_object())


async def _answer_http(_: Request, error: Exception) -> Response:
    error = cast(HTTPException, error)
    code = ErrorCode.NOT_FOUND if error.status_code == 404 else ErrorCode.INVALID_FIELD
    headers = dict(error.headers) if error.headers else None
    return _answer(error.status_code, RealtimeError(code, str(error.detail)).as_object(), headers)


async def _answer_fault(_: Request, error: Exception) -> Response:
    logger.error("request_failed", exc_info=error)
    return _answer(500, RealtimeError(ErrorCode.INTERNAL, "the server has a fault").as_object())

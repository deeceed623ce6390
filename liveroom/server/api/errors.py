"""Errors as HTTP answers: the same object as on the socket, with a fitting status."""

from __future__ import annotations

import logging
from typing import Any, cast

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ConfigDict
from starlette.exceptions import HTTPException
from starlette.responses import Response

from liveroom.realtime.catalogue import Model
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.frames import ErrorObject
from liveroom.server.callers import address_of, carries_credentials

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
    ErrorCode.MUTED: 403,
    ErrorCode.KICKED: 403,
    ErrorCode.TEXT_REFUSED: 422,
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

MEANINGS = {
    400: "the body is not JSON",
    401: "no acceptable API key or token",
    403: "not allowed",
    404: "no such room or thing",
    408: "the body took too long; no error object",
    409: "not possible in the present state, or the name or the key is taken",
    413: "the body is too large; no error object",
    422: "a field is missing, unknown or wrong; `field` names it",
    429: "too many; wait as long as `Retry-After` says",
    503: "not now; wait as long as `Retry-After` says",
}
WITHOUT_OBJECT = {408, 413}
"""Refused before the request is read."""
WITH_BODY = (400, 408, 413)
ALWAYS = (401, 403, 422, 429, 503)


class ErrorAnswer(Model):
    """The body of every refused request: the error object of the WebSocket."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"error": {"code": "room_not_found", "message": "there is no room of this name", "retryable": False}}
            ]
        }
    )

    error: ErrorObject


REFUSED = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorAnswer"}}}}
"""Not as `model`: FastAPI makes a validator for each status of each route from it, which no answer ever meets, and a
start took a second longer."""


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI of what a route that needs a caller can refuse with.

    Args:
        statuses: beside those of every such route (`ALWAYS`).
    """
    return {status: _describe(status) for status in sorted({*ALWAYS, *statuses})}


def stranger_refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI of what a route that is open to strangers can refuse with: `statuses`, and 429."""
    return {status: _describe(status) for status in sorted({429, *statuses})}


def _describe(status: int) -> dict[str, Any]:
    described: dict[str, Any] = {"description": MEANINGS[status]}
    return described if status in WITHOUT_OBJECT else described | REFUSED


def add_handlers(application: FastAPI) -> None:
    """Answer all errors in one form: `{"error": {code, message, retryable, …}}`."""
    application.add_exception_handler(RealtimeError, _answer_typed)
    application.add_exception_handler(RequestValidationError, _answer_invalid)
    application.add_exception_handler(HTTPException, _answer_http)
    application.add_exception_handler(Exception, _answer_fault)


def _answer(status: int, error: dict[str, object], headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps({"error": error}), status, headers, media_type="application/json")


def answer_error(error: RealtimeError) -> Response:
    """The answer to a request that is refused."""
    headers = {}
    if error.retry_after_ms is not None:
        headers["Retry-After"] = str(-(-error.retry_after_ms // 1000))
    status = STATUS.get(error.code, 500)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return _answer(status, error.as_object(), headers)


async def _answer_typed(request: Request, error: Exception) -> Response:
    error = cast(RealtimeError, error)
    if STATUS.get(error.code) == 401:
        error = await _charged(request) or error
    return answer_error(error)


async def _charged(request: Request) -> RealtimeError | None:
    """Charge a call whose credentials led nowhere to its address; the refusal when there were too many of them."""
    if not carries_credentials(request):
        return None  # StrangerLimit has charged it.
    try:
        await request.app.state.node.call_rates.charge_stranger(address_of(request))
    except RealtimeError as refused:
        return refused
    return None


async def _answer_invalid(_: Request, error: Exception) -> Response:
    fault = cast(RequestValidationError, error).errors()[0]
    field = ".".join(str(part)[:64] for part in fault["loc"][1:]) or "body"
    code = ErrorCode.UNKNOWN_FIELD if fault["type"] == "extra_forbidden" else ErrorCode.INVALID_FIELD
    if fault["type"] == "json_invalid":
        code, field = ErrorCode.BAD_JSON, "body"
    return _answer(STATUS[code], RealtimeError(code, f"`{field}`: {fault['msg']}", field=field).as_object())


async def _answer_http(request: Request, error: Exception) -> Response:
    refused = await _charged(request)
    if refused is not None:
        return answer_error(refused)
    error = cast(HTTPException, error)
    code = ErrorCode.NOT_FOUND if error.status_code == 404 else ErrorCode.INVALID_FIELD
    headers = dict(error.headers) if error.headers else None
    return _answer(error.status_code, RealtimeError(code, str(error.detail)).as_object(), headers)


async def _answer_fault(_: Request, error: Exception) -> Response:
    logger.error("request_failed", exc_info=error)
    return _answer(500, RealtimeError(ErrorCode.INTERNAL, "the server has a fault").as_object())

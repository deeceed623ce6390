"""The OpenAPI document, and the routes held against it: whatever is sent, the answer is a documented one.

Requests are made from the document itself: fitting ones, nearly fitting ones, and bodies that are not even JSON.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import SecretStr

from liveroom.realtime.clock import LoopClock
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.identity import Role
from liveroom.server.api.errors import STATUS
from liveroom.server.api.openapi import make_openapi
from liveroom.server.application import make_application
from liveroom.server.auth import TokenIssuer, make_api_key
from liveroom.server.node import Node
from liveroom.server.settings import load_settings
from liveroom.server.settings.groups import Tokens
from tests.support.json_values import ANYTHING, resolve, values_of

SECRET = "the secret of the server of these tests"
KEY, ENTRY = make_api_key("app")
ROOM = {"id": "evening", "title": "Evening", "host": {"id": "h1", "name": "Mia"}}
KNOWN = {
    "room": "evening",
    "session": "m_0123456789abcdef",
    "user_id": "u1",
    "webhook": "wh_0123456789abcdef",
    "secret": "s_01234567",
    "event": "evt_19ab-1-0",
    "gift": "rose",
    "comment": "c_none",
    "battle": "b_0123456789",
    "step": "accept",
    "campaign": "may",
    "product": "dress",
    "grant": "may-d1-00000001-0123456789ab",
    "poll": "p_0123456789abcdef",
    "show": "show_01234567",
    "question": "show_1-0123456789abcdef",
    "lottery": "l_0123456789abcdef",
    "topic": "t_0123456789abcdef",
}
"""A fitting value for each part of a path."""
PUBLIC = {"/api/v1/gifts": {"get"}, "/api/v1/lotteries/{lottery}/proof": {"get"}}
"""What everybody may read: prices are no secret, and a draw can be worked out again by anyone."""
METHODS = ("get", "post", "put", "patch", "delete")


def make_app(data_dir: Path) -> tuple[Node, Any]:
    """An application with a key and the demo's routes."""
    pairs = {}
    for pair in ENTRY.split(","):
        name, _, digest = pair.partition(":")
        pairs[name] = digest
    no_rates = dict.fromkeys(("http_calls_per_s", "http_service_calls_per_s", "http_stranger_calls_per_s"), 1e9)
    node = Node(load_settings(secret=SECRET, api_keys=tuple(pairs.items()), demo=True, data_dir=data_dir, **no_rates))
    return node, make_application(node)


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls the routes of one application, on an event loop of its own."""

    runner: asyncio.Runner
    client: httpx.AsyncClient

    def call(self, method: str, path: str, **how: Any) -> httpx.Response:
        """One request and its answer."""
        return self.runner.run(self.client.request(method, path, **how))


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """A running application with a room that is live."""
    with asyncio.Runner() as runner:
        node, application = runner.run(_begin(tmp_path_factory.mktemp("data")))
        transport = httpx.ASGITransport(application, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://live.test")
        caller = Caller(runner, client)
        headers = {"Authorization": f"Bearer {KEY}"}
        assert caller.call("POST", "/api/v1/rooms", json=ROOM, headers=headers).status_code == 201
        assert caller.call("POST", "/api/v1/rooms/evening/go_live", headers=headers).status_code == 200
        yield caller
        runner.run(client.aclose())
        runner.run(node.stop())


async def _begin(data_dir: Path) -> tuple[Node, Any]:
    node, application = make_app(data_dir)
    await node.start()
    return node, application


SPEC = make_openapi(make_app(Path("never opened"))[1])
ROUTES = [
    pytest.param(method, path, id=f"{method} {path}")
    for path, node in SPEC["paths"].items()
    for method in METHODS
    if method in node
]


def credentials() -> list[str | None]:
    """Authorization headers of all sorts of callers, the last ones of nobody."""
    issuer = TokenIssuer(Tokens(secret=SecretStr(SECRET)), LoopClock())
    host = issuer.issue("h1", name="Mia", role=Role.HOST, rooms=["evening"], lifetime_s=600)
    viewer = issuer.issue("u1", name="Ann", role=Role.VIEWER, lifetime_s=600)
    return [f"Bearer {KEY}", f"Bearer {host}", f"Bearer {viewer}", "Bearer x.y.z", "Basic eA==", None]


CREDENTIALS = credentials()


def _json_of(route: dict[str, Any]) -> dict[str, Any] | None:
    """The schema of a JSON body; None for a route that takes none."""
    content = route.get("requestBody", {"content": {}})["content"]
    found: dict[str, Any] | None = content.get("application/json", {}).get("schema")
    return found


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_whatever_is_sent_the_answer_is_a_documented_one(caller: Caller, method: str, path: str) -> None:
    route = SPEC["paths"][path][method]

    @settings(max_examples=12, deadline=None)
    @given(request=_requests(method, path, route), authorization=st.sampled_from(CREDENTIALS))
    def is_documented(request: dict[str, Any], authorization: str | None) -> None:
        headers = {"Authorization": authorization} if authorization else {}
        answer = caller.call(method, headers=headers | request.pop("headers", {}), **request)
        assert answer.status_code < 500 or answer.status_code == 503, answer.text
        documented = route["responses"].get(str(answer.status_code))
        assert documented is not None, f"{answer.status_code} is not documented: {answer.text}"
        _check_body(answer, documented)

    is_documented()


WITH_BODY = [route for route in ROUTES if _json_of(SPEC["paths"][route.values[1]][route.values[0]]) is not None]


@pytest.mark.parametrize(("method", "path"), WITH_BODY)
def test_a_body_that_fits_its_schema_is_understood(caller: Caller, method: str, path: str) -> None:
    """A rule may refuse it, but not the reading of it, which names the field in backticks."""
    schema = SPEC["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"]

    @settings(max_examples=12, deadline=None)
    @given(body=values_of(schema, SPEC))
    def is_understood(body: dict[str, Any]) -> None:
        headers = {"Authorization": f"Bearer {KEY}"}
        answer = caller.call(method, path.format(**KNOWN), json=body, headers=headers)
        assert answer.status_code != 422 or not answer.json()["error"]["message"].startswith("`"), answer.text

    is_understood()


def _check_body(answer: httpx.Response, documented: dict[str, Any]) -> None:
    content = documented.get("content")
    if content is None:
        assert answer.content == b""
        return
    media = answer.headers["content-type"].partition(";")[0]
    if media == "application/json":
        Draft202012Validator({"components": SPEC["components"], **content[media]["schema"]}).validate(answer.json())
    assert media in content


def _requests(method: str, path: str, route: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    fields: dict[str, st.SearchStrategy[Any]] = {}
    places: dict[str, list[dict[str, Any]]] = {"path": [], "query": [], "header": []}
    for parameter in route.get("parameters", ()):
        places[parameter["in"]].append(parameter)
    fields["path"] = st.fixed_dictionaries({each["name"]: _segments(each) for each in places["path"]}).map(
        lambda chosen: re.sub(r"\{(\w+)\}", lambda found: chosen[found[1]], path)
    )
    if places["query"]:
        queries = {each["name"]: _words(each) for each in places["query"]}
        fields["params"] = st.fixed_dictionaries({}, optional=queries)
    if places["header"]:
        headers = {each["name"]: st.from_regex(r"\A[!-~]{1,70}\Z") for each in places["header"]}
        fields["headers"] = st.fixed_dictionaries({}, optional=headers)
    schema = _json_of(route)
    if schema is not None:
        fields["content"] = _bodies(schema)
    elif "requestBody" in route:
        fields["content"] = st.binary(max_size=100)
        kinds = st.sampled_from([*route["requestBody"]["content"], "application/json"])
        fields["headers"] = st.fixed_dictionaries({"Content-Type": kinds})
    return st.fixed_dictionaries(fields)


def _segments(parameter: dict[str, Any]) -> st.SearchStrategy[str]:
    """Path segments: the room that exists, fitting names, and any others that one segment can hold."""
    known = KNOWN[parameter["name"]]
    other = st.text("abc%20-_.~!é中\x7f", min_size=1, max_size=70).filter(lambda text: text not in (".", ".."))
    return st.just(known) | other.map(lambda text: quote(text, safe=""))


def _words(parameter: dict[str, Any]) -> st.SearchStrategy[str]:
    return st.sampled_from(["", "1", "50", "0", "-1", "9" * 40, "1.5", "evening", "a b", "é"])


def _bodies(schema: dict[str, Any]) -> st.SearchStrategy[bytes]:
    fitting = values_of(schema, SPEC)
    fields = list(resolve(schema, SPEC)["properties"])
    damage = st.dictionaries(st.sampled_from([*fields, "more", "\ud800"]), ANYTHING, min_size=1, max_size=2)
    damaged = st.tuples(fitting, damage).map(lambda both: {**both[0], **both[1]})
    texts = st.sampled_from([b"", b"{", b"[]", b"null", b"\xff", b"[" * 3000, b'{"text": "\\ud800"}', b'{"text": NaN}'])
    return (fitting | damaged | ANYTHING).map(lambda value: json.dumps(value).encode()) | texts


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_examples_are_accepted_by_their_own_schema(method: str, path: str) -> None:
    schema = _json_of(SPEC["paths"][path][method])
    if schema is None:
        return
    examples = schema.get("examples", ())
    assert examples or path.startswith("/demo/")
    for example in examples:
        Draft202012Validator({"components": SPEC["components"], **schema}).validate(example)


def test_routes_of_the_api_want_a_key_or_a_token_and_say_how_they_refuse() -> None:
    assert set(SPEC["components"]["securitySchemes"]) == {"api_key", "token", "metrics_token"}
    for path, node in SPEC["paths"].items():
        for method, route in node.items():
            if path.startswith("/api/") and method not in PUBLIC.get(path, ()):
                assert route["security"] == [{"api_key": []}, {"token": []}]
                assert {"401", "403", "422", "503"} <= set(route["responses"])
            for status, answer in route["responses"].items():
                assert answer["description"]
                if status.startswith("4") and status not in ("408", "413"):
                    schema = answer["content"]["application/json"]["schema"]
                    assert schema == {"$ref": "#/components/schemas/ErrorAnswer"}


def test_operations_have_names_of_their_own_and_a_description() -> None:
    routes = [route for node in SPEC["paths"].values() for route in node.values()]
    names = [route["operationId"] for route in routes]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z_]+", name) for name in names)
    assert all(route.get("description") or route["summary"] for route in routes)


def test_every_error_that_http_can_meet_has_a_status() -> None:
    only_on_sockets = {
        ErrorCode.TOO_DEEP,
        ErrorCode.UNKNOWN_TYPE,
        ErrorCode.CONNECT_FIRST,
        ErrorCode.ALREADY_CONNECTED,
        ErrorCode.TOO_MANY_ROOMS,
        ErrorCode.NOT_JOINED,
        ErrorCode.INTERNAL,
    }
    assert set(STATUS) == set(ErrorCode) - only_on_sockets

"""The pages for Kubernetes say what the server does: settings, probes, and how long its end takes."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from liveroom.server.api import health
from liveroom.server.drain import ANSWER_S
from liveroom.server.serve import HTTP_GRACE_S
from liveroom.server.settings import Settings
from tests.deploy.compose import DEPLOY

DATABASE_S = 3.0


@pytest.fixture(scope="module")
def things() -> dict[str, Any]:
    """What is described, by its kind."""
    pages = [DEPLOY / "kubernetes" / name for name in ("liveroom.yaml", "entrance.yaml")]
    return {thing["kind"]: thing for page in pages for thing in yaml.safe_load_all(page.read_text("utf-8"))}


@pytest.fixture(scope="module")
def pod(things: dict[str, Any]) -> Any:
    """A node."""
    return things["Deployment"]["spec"]["template"]["spec"]


@pytest.fixture(scope="module")
def pods(things: dict[str, Any]) -> list[Any]:
    """Whatever runs: the node, and what runs before it."""
    found = [thing["spec"]["template"]["spec"] for thing in things.values() if "template" in thing["spec"]]
    assert len(found) == 2
    return found


def test_every_setting_is_one_that_there_is(pods: list[Any]) -> None:
    for container in (container for pod in pods for container in pod["containers"]):
        names = {each["name"].removeprefix("LIVEROOM_").lower() for each in container["env"]}
        assert names <= set(Settings.model_fields)


def test_a_service_of_the_namespace_sets_nothing(things: dict[str, Any], pods: list[Any]) -> None:
    """`LIVEROOM_PORT=tcp://10.0.0.1:80`, as the kubelet would have it of a Service `liveroom`, stops every start."""
    link = f"{things['Service']['metadata']['name'].upper()}_PORT".removeprefix("LIVEROOM_").lower()
    assert link in Settings.model_fields
    assert all(pod["enableServiceLinks"] is False for pod in pods)


def test_nothing_runs_as_root_or_may_become_it(pods: list[Any]) -> None:
    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"]
        for container in pod["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"]
            assert not container["securityContext"]["allowPrivilegeEscalation"]
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_the_end_of_a_node_is_waited_for(pod: Any) -> None:
    [container] = pod["containers"]
    drain_s = next(float(each["value"]) for each in container["env"] if each["name"] == "LIVEROOM_DRAIN_S")
    before_s = float(container["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pod["terminationGracePeriodSeconds"] > before_s + drain_s + ANSWER_S + HTTP_GRACE_S


def test_probes_ask_what_there_is(pod: Any) -> None:
    [container] = pod["containers"]
    paths = {getattr(route, "path", "") for route in health.router.routes}
    probes = {name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("readiness", "liveness", "startup")}
    assert probes == {"readiness": "/readyz", "liveness": "/healthz", "startup": "/healthz"}
    assert set(probes.values()) <= paths


def test_clients_find_the_nodes(things: dict[str, Any]) -> None:
    labels = things["Deployment"]["spec"]["template"]["metadata"]["labels"]
    for kind in ("Service", "PodDisruptionBudget"):
        selector = things[kind]["spec"]["selector"]
        assert selector.get("matchLabels", selector) == labels
    [rule] = things["Ingress"]["spec"]["rules"]
    [path] = rule["http"]["paths"]
    assert path["backend"]["service"]["name"] == things["Service"]["metadata"]["name"]


def test_the_tables_are_brought_up_to_date_first(things: dict[str, Any]) -> None:
    [container] = things["Job"]["spec"]["template"]["spec"]["containers"]
    assert container["args"] == ["db", "upgrade"]

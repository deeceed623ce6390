"""docker-compose.yml is whole, pinned, and fits what the server needs; nothing of it is run in a container here."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import yaml

from liveroom.realtime.gateway import GRACE_S
from liveroom.server.drain import ANSWER_S, LEAVE_SHARE
from liveroom.server.open_files import SPARE_FILES
from liveroom.server.settings import Settings, load_settings
from loadtests.plan.profiles import read_slo
from tests.deploy.compose import DEPLOY, ROOT, environment_of, fill_in, read_compose, variables_of

MAIN = ROOT / "docker-compose.yml"
ALONE = DEPLOY / "one-node.yml"
NODES = ("node-a", "node-b")
VALUES = {"LIVEROOM_SECRET": "s" * 48, "POSTGRES_PASSWORD": "p", "LIVEROOM_METRICS_TOKEN": "m" * 32}
KNOWN_KEYS = {
    "build", "cap_drop", "command", "depends_on", "environment", "healthcheck", "image", "ports", "profiles",
    "read_only", "restart", "secrets", "security_opt", "stop_grace_period", "stop_signal", "ulimits", "volumes",
}  # fmt: skip


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The main file."""
    return read_compose(MAIN)


@pytest.mark.parametrize("path", [MAIN, ALONE], ids=lambda path: path.name)
def test_it_has_only_parts_that_compose_knows_and_that_are_there(path: Path) -> None:
    """Checked with the schema of the Compose Specification when it was written; here what we use of it."""
    read = read_compose(path)
    assert {key for key in read if not key.startswith("x-")} <= {"services", "networks", "volumes", "secrets"}
    for name, service in read["services"].items():
        assert set(service) <= KNOWN_KEYS, name
        assert set(service.get("depends_on", ())) <= set(read["services"]), name
        assert set(service.get("secrets", ())) <= set(read.get("secrets", ())), name
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert (path.parent / source).is_file() if "/" in source else source in read["volumes"], volume


def test_every_image_is_built_here_or_pinned_to_a_version(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        _, tag = service["image"].partition("@")[0].rsplit(":")
        assert tag == "local" if "build" in service else re.match(r"v?\d+\.\d+\.\d+|17\.\d+", tag), name
    stages = re.findall(r"^FROM (\S+)(?: AS (\S+))?$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    names = {name for _, name in stages}
    assert all(image in names or re.search(r":\d+\.\d+\.\d+", image) for image, _ in stages)
    assert {service["build"]["target"] for service in compose["services"].values() if "build" in service} <= names


def test_the_example_names_every_value_that_is_asked_for() -> None:
    lines = (DEPLOY / "env.example").read_text().splitlines()
    named = {line.partition("=")[0] for line in lines if line and not line.startswith("#")}
    assert named == set(variables_of(MAIN)) | set(variables_of(ALONE))


@pytest.mark.parametrize("name", NODES)
def test_the_settings_of_a_node_start_it_in_production(
    name: str, compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the secrets of the operator and nothing else; each is a setting that there is."""
    environment = environment_of(compose["services"][name], VALUES)
    assert {each.removeprefix("LIVEROOM_").lower() for each in environment} <= set(Settings.model_fields)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    settings = load_settings(host="0.0.0.0")  # noqa: S104 - as in the image
    assert settings.is_production
    assert settings.node == name[-1]
    service = compose["services"][name]
    files = settings.max_connections + settings.max_http_connections + settings.database_connections + SPARE_FILES
    assert service["ulimits"]["nofile"] >= files
    longest_s = settings.drain_s * LEAVE_SHARE + ANSWER_S + settings.drain_s * (1 - LEAVE_SHARE)
    assert float(service["stop_grace_period"].removesuffix("s")) > longest_s


def test_the_nodes_leave_room_in_the_database(compose: dict[str, Any]) -> None:
    """PostgreSQL takes 100 by default; the tables are brought up to date before."""
    sizes = [int(environment_of(compose["services"][name], VALUES)["LIVEROOM_DATABASE_CONNECTIONS"]) for name in NODES]
    assert sum(sizes) <= 60
    assert compose["services"]["tables"]["command"] == ["db", "upgrade"]
    assert all(name in compose["services"]["node-a"]["depends_on"] for name in ("tables", "valkey"))


def test_the_proxy_passes_on_what_it_must() -> None:
    """To the nodes, without buffering, and longer than a connection may be quiet."""
    text = (DEPLOY / "nginx.conf").read_text()
    quiet_s = Settings.model_fields["heartbeat_s"].default + GRACE_S
    timeout = re.search(r"proxy_read_timeout (\d+)s;", text)
    assert timeout is not None
    assert int(timeout[1]) > quiet_s
    for line in ("proxy_buffering off;", "Upgrade $http_upgrade;", "X-Forwarded-For $proxy_add_x_forwarded_for;"):
        assert line in text
    assert text.count("{") == text.count("}")


def test_the_proxy_finds_a_node_that_was_made_anew(compose: dict[str, Any]) -> None:
    """At another address: names are asked for again, which nginx can from 1.27.3 on, and with a shared zone only.

    A 503 leaves no node out: it is also said to those above the rate, who are to hear when to come back and not a 502.
    """
    text = (DEPLOY / "nginx.conf").read_text()
    assert re.search(r"^    resolver 127\.0\.0\.11 valid=2s", text, re.MULTILINE)
    assert re.search(r"upstream nodes \{[^}]*^        zone nodes \d+k;", text, re.MULTILINE)
    servers = dict(re.findall(r"^        server ([a-z-]+):8000 (.*);", text, re.MULTILINE))
    assert servers == dict.fromkeys(NODES, "resolve max_fails=0")
    version = re.search(r"nginx:(\d+)\.(\d+)\.(\d+)", compose["services"]["proxy"]["image"])
    assert version is not None
    assert tuple(map(int, version.groups())) >= (1, 27, 3)


def test_livekit_is_reached_where_it_listens(compose: dict[str, Any]) -> None:
    config = yaml.safe_load((DEPLOY / "livekit.yaml").read_text())
    rtc = config["rtc"]
    wanted = {f"{config['port']}", f"{rtc['tcp_port']}", f"{rtc['port_range_start']}-{rtc['port_range_end']}"}
    assert {port.partition(":")[0] for port in compose["services"]["livekit"]["ports"]} == wanted


def test_coturn_relays_on_the_ports_that_are_open(compose: dict[str, Any]) -> None:
    service = compose["services"]["coturn"]
    said = dict(word.lstrip("-").split("=", 1) for word in service["command"] if "=" in word)
    assert f"{said['min-port']}-{said['max-port']}:" in " ".join(service["ports"])


def test_coturn_relays_to_no_network_of_its_own(compose: dict[str, Any]) -> None:
    """Neither to these containers nor to the metadata of a cloud, which is read over TCP."""
    command = compose["services"]["coturn"]["command"]
    ends = [word.partition("=")[2].split("-") for word in command if word.startswith("--denied-peer-ip=")]
    denied = [(ip_address(first), ip_address(last)) for first, last in ends]
    for inside in ("10.0.0.1", "127.0.0.1", "169.254.169.254", "172.30.7.2", "192.168.1.1", "100.64.0.1", "0.0.0.0"):  # noqa: S104
        assert any(first <= ip_address(inside) <= last for first, last in denied), inside
    assert "--no-tcp-relay" in command


def test_the_nodes_sign_what_livekit_and_coturn_check(compose: dict[str, Any]) -> None:
    """With the profile `media`: the same secrets on both sides, and the webhooks of LiveKit find a node."""
    media = {"LIVEKIT_SECRET": "l" * 32, "TURN_SECRET": "t" * 32, "LIVEROOM_LIVEKIT_URL": "wss://livekit.example.org"}
    node, livekit = (environment_of(compose["services"][name], VALUES | media) for name in ("node-a", "livekit"))
    assert livekit["LIVEKIT_KEYS"] == f"{node['LIVEROOM_LIVEKIT_KEY']}: {node['LIVEROOM_LIVEKIT_SECRET']}"
    config = yaml.safe_load((DEPLOY / "livekit.yaml").read_text())
    assert node["LIVEROOM_LIVEKIT_API_URL"] == f"http://livekit:{config['port']}"
    assert config["webhook"]["api_key"] == node["LIVEROOM_LIVEKIT_KEY"]
    assert config["webhook"]["urls"] == ["http://proxy:8000/api/v1/livekit"]
    words = [fill_in(word, media) for word in compose["services"]["coturn"]["command"]]
    assert f"--static-auth-secret={node['LIVEROOM_TURN_SECRET']}" in words
    assert any(word.startswith("--external-ip=") for word in words)


def test_locust_understands_what_its_containers_are_told(compose: dict[str, Any]) -> None:
    """In a process of its own: Locust replaces parts of Python when it is imported."""
    script = (
        "import json, sys; import loadtests.locustfile; from locust.argument_parser import parse_options; "
        "told = [parse_options(args=json.loads(each)) for each in sys.argv[1:]]; "
        "names = ['master', 'worker', 'host', 'master_host', 'load', 'load_without']; "
        "print(json.dumps([[getattr(each, name) for name in names] for each in told]))"
    )
    commands = [compose["services"][name]["command"] for name in ("locust-master", "locust-worker")]
    words = [json.dumps([fill_in(word, {}) for word in command]) for command in commands]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, *words], capture_output=True, text=True, check=True
    )
    master, worker = json.loads(done.stdout.splitlines()[-1])
    assert master[:3] == [True, False, "http://proxy:8000"]
    profile = read_slo().find(master[4])
    assert master[5] in profile.acts, "nobody gives in production without a billing"
    assert worker[:2] == [False, True]
    assert worker[3] in compose["services"]
    assert "proxy" in compose["services"]

"""What the quick start makes is enough for every service of every profile, and none does without its secret."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from liveroom.server.settings import load_settings
from tests.deploy.compose import DEPLOY, ROOT, environment_of, fill_in_all, read_compose, variables_of

MAIN, ALONE = ROOT / "docker-compose.yml", DEPLOY / "one-node.yml"
SECRETS = {
    *("LIVEROOM_SECRET", "LIVEROOM_METRICS_TOKEN", "POSTGRES_PASSWORD"),
    *("GRAFANA_PASSWORD", "LIVEKIT_SECRET", "TURN_SECRET"),
}


def make_env(root: Path) -> subprocess.CompletedProcess[str]:
    """Run the command of the quick start in a copy of what it needs."""
    shutil.copytree(DEPLOY, root / "deploy", dirs_exist_ok=True)
    return subprocess.run(["sh", "deploy/make-env.sh"], cwd=root, capture_output=True, text=True, timeout=60)


def read_env(path: Path) -> dict[str, str]:
    """The values of an `.env`."""
    lines = path.read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@pytest.fixture
def values(tmp_path: Path) -> dict[str, str]:
    """What it has written."""
    done = make_env(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    return read_env(tmp_path / ".env")


def test_every_secret_has_a_value_of_its_own(values: dict[str, str], tmp_path: Path) -> None:
    made = {values[name] for name in SECRETS}
    assert len(made) == len(SECRETS)
    assert all(re.fullmatch(r"[0-9a-f]{64}", value) for value in made)
    example = read_env(DEPLOY / "env.example")
    assert {name: value for name, value in values.items() if name not in SECRETS} | dict.fromkeys(
        SECRETS, ""
    ) == example
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0


def test_it_never_writes_over_what_is_there(values: dict[str, str], tmp_path: Path) -> None:
    assert make_env(tmp_path).returncode != 0
    assert read_env(tmp_path / ".env") == values


@pytest.mark.parametrize("path", [MAIN, ALONE], ids=lambda path: path.name)
def test_the_whole_file_can_be_read_with_it(path: Path, values: dict[str, str]) -> None:
    """Compose puts values into all services before it looks at profiles."""
    fill_in_all(read_compose(path), values)


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_nothing_starts_without_a_secret(name: str, values: dict[str, str]) -> None:
    assert variables_of(MAIN)[name]
    with pytest.raises(AssertionError, match=name):
        fill_in_all(read_compose(MAIN), values | {name: ""})


def test_a_node_starts_with_it(values: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    service = read_compose(MAIN)["services"]["node-a"]
    for variable, value in environment_of(service, values).items():
        monkeypatch.setenv(variable, value)
    settings = load_settings()
    assert settings.is_production
    assert settings.media == "off", "nobody is asked for a camera until LIVEROOM_LIVEKIT_URL says where"


def test_one_node_alone_takes_what_the_page_names(values: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/operations.md, "Go to production"; what is empty is as if it were not there."""
    service = read_compose(ALONE)["services"]["liveroom"]
    for variable, value in environment_of(service, {"LIVEROOM_SECRET": "s" * 48}).items():
        monkeypatch.setenv(variable, value)
    bare = load_settings()
    assert (bare.api_keys, bare.allowed_origins, bare.trusted_proxies, bare.metrics_token) == ((), ("same",), (), None)
    assert bare.media == "off", "its ports are open to nobody"
    own = {
        "LIVEROOM_API_KEYS": f"shop:{'0' * 64}",
        "LIVEROOM_ALLOWED_ORIGINS": "https://app.example.org",
        "LIVEROOM_TRUSTED_PROXIES": "172.30.8.1",
    }
    for variable, value in environment_of(service, values | own).items():
        monkeypatch.setenv(variable, value)
    full = load_settings()
    assert full.api_keys == (("shop", "0" * 64),)
    assert full.allowed_origins == ("https://app.example.org",)
    assert [str(network) for network in full.trusted_proxies] == ["172.30.8.1/32"]
    assert full.metrics_token is not None

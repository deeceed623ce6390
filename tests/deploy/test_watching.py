"""Prometheus asks the nodes, and the dashboard asks for metrics that there are."""

from __future__ import annotations

import json
import re

import yaml

from liveroom.realtime.catalogue import catalogue
from liveroom.realtime.clock import LoopClock
from liveroom.server.metrics import Metrics
from liveroom.server.workers.exposition import UP
from tests.deploy.compose import DEPLOY, ROOT, read_compose

OF_THE_PROCESS = {"process_cpu_seconds_total", "process_resident_memory_bytes"}


def known_metrics() -> set[str]:
    """The names that samples may have."""
    families = Metrics(LoopClock(), commands=catalogue.commands, kinds=catalogue.events).registry.collect()
    endings = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "gauge": ("",)}
    return {family.name + ending for family in families for ending in endings.get(family.type, ())} | {UP}


def test_every_query_of_the_dashboard_names_a_metric_that_there_is() -> None:
    dashboard = json.loads((DEPLOY / "grafana" / "liveroom.json").read_text("utf-8"))
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert len(queries) > 20
    named = {name for query in queries for name in re.findall(r"\b(?:liveroom|process)_[a-z_]+", query)}
    assert named - known_metrics() - OF_THE_PROCESS == set()


def queries_of_the_page() -> list[str]:
    """The second column of docs/operations.md, "Watch"."""
    page = (ROOT / "docs" / "operations.md").read_text("utf-8").partition("\n## Watch\n")[2].partition("\n## ")[0]
    rows = [line.replace("\\|", "\0").split("|") for line in page.splitlines() if line.startswith("| ")]
    return [query.replace("\0", "|") for row in rows[1:] for query in re.findall(r"`([^`]*)`", row[2])]


def test_every_query_of_the_page_finds_something() -> None:
    """The metrics are there, and two that are divided have the same labels, or Prometheus pairs none of them."""
    page = (ROOT / "docs" / "metrics.md").read_text("utf-8")
    labels = dict(re.findall(r"^\| `(\w+)` \| \w+ \| ([^|]*) \|", page, re.MULTILINE))
    queries = queries_of_the_page()
    assert len(queries) > 10
    for query in queries:
        named = set(re.findall(r"\b(?:liveroom|process)_[a-z_]+", query))
        assert named <= known_metrics() | OF_THE_PROCESS, query
        if " / " in query and "sum(" not in query:
            assert len({labels[name] for name in named}) == 1, query


def test_every_panel_asks_the_source_that_is_provided() -> None:
    sources = yaml.safe_load((DEPLOY / "grafana" / "sources.yml").read_text())["datasources"]
    dashboard = json.loads((DEPLOY / "grafana" / "liveroom.json").read_text("utf-8"))
    assert {panel["datasource"]["uid"] for panel in dashboard["panels"]} == {each["uid"] for each in sources}
    assert [panel["id"] for panel in dashboard["panels"]] == list(range(1, len(dashboard["panels"]) + 1))


def test_prometheus_asks_every_node_with_the_token() -> None:
    services = read_compose(ROOT / "docker-compose.yml")["services"]
    [job] = yaml.safe_load((DEPLOY / "prometheus.yml").read_text())["scrape_configs"]
    asked = {target.partition(":")[0] for each in job["static_configs"] for target in each["targets"]}
    assert asked == {name for name in services if name.startswith("node-")}
    assert job["authorization"]["credentials_file"].endswith("/" + services["prometheus"]["secrets"][0])

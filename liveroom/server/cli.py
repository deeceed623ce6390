"""The command `liveroom`."""

from __future__ import annotations

import importlib
import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

import liveroom
from liveroom.realtime.clock import LoopClock
from liveroom.realtime.collection import pause_collection
from liveroom.realtime.identity import Role
from liveroom.rooms.errors import DatabaseUnavailable, SceneFault
from liveroom.server.auth import TokenIssuer, make_api_key
from liveroom.server.errors import ConfigurationRefused, ServerError
from liveroom.server.logs import configure_logs
from liveroom.server.settings import Settings, find_unknown_variables, load_settings

logger = logging.getLogger(__name__)


LAZY = {
    "bench": ("loadtests.bench.cli", "bench"),
    "loadtest": ("loadtests.cli", "loadtest"),
    "db": ("liveroom.server.db_cli", "db"),
    "lottery": ("liveroom.server.lottery_cli", "lottery"),
    "conformance": ("liveroom.server.conformance.cli", "conformance"),
}
"""Commands that need much code of their own; imported when they are asked for."""


class LazyGroup(click.Group):
    """A group whose larger commands are imported on use, so that `liveroom serve` starts quickly."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in order."""
        return sorted([*super().list_commands(ctx), *LAZY])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One command, imported if need be."""
        if cmd_name not in LAZY:
            return super().get_command(ctx, cmd_name)
        module, name = LAZY[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(liveroom.__version__, prog_name="liveroom")
def main() -> None:
    """A self-hosted real-time backend for live shows."""


@main.command()
@click.option("--host", default=None, help="Address to listen on (LIVEROOM_HOST).")
@click.option("--port", type=int, default=None, help="Port to listen on (LIVEROOM_PORT).")
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=1,
    show_default=True,
    help="Processes on the port, one for a core.",
)
def serve(host: str | None, port: int | None, workers: int) -> None:
    """Serve one node, or several on one port; settings come from the environment (docs/settings.md)."""
    pause_collection()
    from liveroom.server.serve import run
    from liveroom.server.workers.supervisor import run_workers

    settings = _settings(host=host, port=port)
    configure_logs(level=settings.log_level, format_=settings.log_format)
    _warn_of_unknown_variables()
    with _explained():
        if workers > 1:
            run_workers(settings, workers)
        else:
            run(settings)


@main.command()
@click.option("--host", default=None, help="Address to listen on.")
@click.option("--port", type=int, default=None, help="Port to listen on; 8000 when unset.")
@click.option("--audience", default=24, show_default=True, help="People of the demo audience, labelled as such.")
def demo(host: str | None, port: int | None, audience: int) -> None:
    """Serve a demo room with a labelled audience, to look at.

    It starts fresh each time and keeps nothing, unless LIVEROOM_DATA_DIR or LIVEROOM_DATABASE_URL is set.
    """
    pause_collection()
    from liveroom.server.demo.run import run_demo

    settings = _settings(host=host, port=port, demo=True, log_format="console", log_level="warning")
    configure_logs(level=settings.log_level, format_=settings.log_format)
    with _explained():
        run_demo(settings, audience)


@main.command()
@click.argument("user_id")
@click.option("--name", default=None, help="Name to show.")
@click.option("--role", type=click.Choice([role.value for role in Role if role is not Role.GUEST]), default="viewer")
@click.option("--room", "rooms", multiple=True, help="Room in which the role holds; needed for host and moderator.")
@click.option("--lang", default=None, help="Language, as `zh` or `en`.")
@click.option("--traits", default=None, help='Traits as JSON, such as {"level": 12, "bought": true}.')
@click.option("--lifetime", "lifetime_s", default=3600, show_default=True, help="Seconds until it expires.")
def token(
    user_id: str,
    name: str | None,
    role: str,
    rooms: tuple[str, ...],
    lang: str | None,
    traits: str | None,
    lifetime_s: int,
) -> None:
    """Make a token for USER_ID, signed with LIVEROOM_SECRET (for development)."""
    settings = _settings()
    try:
        made = TokenIssuer(settings, LoopClock()).issue(
            user_id,
            name=name,
            role=Role(role),
            rooms=rooms or None,
            lang=lang,
            traits=json.loads(traits) if traits else None,
            lifetime_s=lifetime_s,
        )
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    click.echo(made)


@main.command("api-key")
@click.argument("name")
def api_key(name: str) -> None:
    """Make an API key for the server NAME: the key, and its line for LIVEROOM_API_KEYS."""
    try:
        key, entry = make_api_key(name)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"key (shown once):          {key}")
    click.echo(f"entry of LIVEROOM_API_KEYS: {entry}")


def _settings(**overrides: object) -> Settings:
    try:
        return load_settings(**{name: value for name, value in overrides.items() if value is not None})
    except ConfigurationRefused as refused:
        click.echo(refused.message, err=True)
        sys.exit(2)


@contextmanager
def _explained() -> Iterator[None]:
    """What keeps the server from starting is explained, not traced."""
    try:
        yield
    except ConfigurationRefused as refused:
        click.echo(refused.message, err=True)
        sys.exit(2)
    except (SceneFault, ServerError, DatabaseUnavailable) as fault:
        click.echo(f"liveroom does not start: {fault.message}", err=True)
        sys.exit(2)


def _warn_of_unknown_variables() -> None:
    for name, meant in find_unknown_variables(os.environ).items():
        logger.warning("setting_unknown", extra={"variable": name, "meant": meant})


if __name__ == "__main__":
    main()

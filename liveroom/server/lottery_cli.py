"""The command `liveroom lottery verify`: works out again who has won, from a file or from a server."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import httpx
import orjson
from pydantic import ValidationError

from liveroom.rooms.rules.proof import Proof, find_faults, find_number

FILE_BYTES = 8 * 1024 * 1024
"""Largest proof: fifty thousand tickets have a sixth of it."""
TIMEOUT_S = 30.0
PAGES = 100


class NoProof(click.ClickException):
    """There is no proof to be looked at, or it cannot be kept."""

    exit_code = 2


@click.group()
def lottery() -> None:
    """Work with lotteries."""


@lottery.command()
@click.argument("source", metavar="FILE|URL")
@click.option("--commitment", default=None, help="As you noted it before the draw.")
@click.option("--ticket", default=None, help="Your ticket: is it in the list?")
@click.option("--save", type=click.Path(path_type=Path, dir_okay=False), default=None, help="Keep the proof in a file.")
def verify(source: str, commitment: str | None, ticket: str | None, save: Path | None) -> None:
    """Work out again who won a lottery.

    FILE is a proof in JSON, URL the address of one: https://live.example.com/api/v1/lotteries/ID/proof.
    Exit status 1: the proof does not hold; 2: it cannot be read, or not be kept.
    """
    proof = _load(source)
    if save is not None:
        _save(proof, save)
    faults = list(find_faults(proof, commitment))
    number = None if ticket is None else find_number(proof, ticket)
    if ticket is not None and number is None:
        faults.append("your ticket is not in the list")
    _print(proof, number)
    for fault in faults:
        click.echo(f"does not hold: {fault}")
    if faults:
        sys.exit(1)
    noted = "" if commitment is not None else "; compare the commitment with the one told when the lottery was opened"
    click.echo(f"holds: the winners follow from the seed and the tickets{noted}")


def _print(proof: Proof, number: int | None) -> None:
    click.echo(f"{proof.title} ({proof.lottery}): {proof.entries} entries")
    click.echo(f"commitment {proof.commitment}")
    click.echo(f"seed       {proof.seed}")
    for winner in proof.winners:
        click.echo(f"{proof.prizes[winner.prize].name}: number {winner.number}, {winner.user.name}")
    if number is not None:
        click.echo(f"your ticket has number {number}")


def _save(proof: Proof, file: Path) -> None:
    try:
        file.write_bytes(orjson.dumps(proof.model_dump(mode="json", exclude_none=True)))
    except OSError as error:
        raise NoProof(f"the proof cannot be kept: {error}") from None


def _load(source: str) -> Proof:
    try:
        if source.startswith(("http://", "https://")):
            return Proof.model_validate_json(orjson.dumps(_fetch(source)))
        with Path(source).open("rb") as file:
            content = file.read(FILE_BYTES + 1)
        if len(content) > FILE_BYTES:
            raise NoProof(f"{source} has more than {FILE_BYTES} bytes; a proof has fewer")
        return Proof.model_validate_json(content)
    except (OSError, httpx.HTTPError, httpx.InvalidURL) as error:
        raise NoProof(f"{source} cannot be read: {error}") from None
    except orjson.JSONDecodeError:
        raise NoProof(f"{source} is not JSON") from None
    except ValidationError as refused:
        first = refused.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise NoProof(f"{source} is no proof of a lottery: {place or 'it'}: {first['msg']}") from None


def _fetch(url: str) -> Mapping[str, Any]:
    """The proof with all its tickets, page by page."""
    whole: dict[str, Any] = {}
    after: int | None = 0
    with httpx.Client(timeout=TIMEOUT_S) as client:
        for _ in range(PAGES):
            page = orjson.loads(_read(client, url, after))
            if not isinstance(page, dict) or not isinstance(page.get("tickets"), list):
                raise NoProof(f"{url} is no proof of a lottery: tickets: there are none")
            whole = page | {"tickets": [*whole.get("tickets", []), *page["tickets"]]}
            after = whole.pop("next", None)
            if after is None:
                return whole
    raise NoProof(f"{url} cannot be read: its tickets do not end")


def _read(client: httpx.Client, url: str, after: Any) -> bytes:
    content = b""
    with client.stream("GET", url, params={"after": after}) as answer:
        answer.raise_for_status()
        for chunk in answer.iter_bytes():
            content += chunk
            if len(content) > FILE_BYTES:
                raise NoProof(f"{url} tells more than {FILE_BYTES} bytes; a proof has fewer")
    return content

"""Whom lines to the app's servers believe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from liveroom.rooms.webhooks.authorities import trusted_authorities
from liveroom.rooms.webhooks.hook_calls import HookCalls
from liveroom.rooms.webhooks.signature import make_secret
from tests.storage.webhooks.receiver import running_receiver
from tests.support.certificates import Certificate, make_certificate
from tests.support.clock import FakeClock


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Certificate]:
    """One whose authority this machine names."""
    made = make_certificate("127.0.0.1", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.authority))
    trusted_authorities.cache_clear()
    yield made
    trusted_authorities.cache_clear()


async def test_a_hook_believes_the_authorities_that_the_machine_names(
    certificate: Certificate, clock: FakeClock
) -> None:
    async with running_receiver(certificate.server) as receiver:
        calls = HookCalls(f"https://127.0.0.1:{receiver.port}/hook", [make_secret()], 1, 5.0, clock)
        assert await calls.tell("call", b"{}")
        await calls.close()


def test_they_are_read_once() -> None:
    assert trusted_authorities() is trusted_authorities()

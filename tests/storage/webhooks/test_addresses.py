"""Nobody reaches into our own network through a webhook, and certificates are those of the name."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.webhooks import addresses
from liveroom.rooms.webhooks.addresses import AddressGuard
from liveroom.rooms.webhooks.attempts import Outcome
from liveroom.rooms.webhooks.deliveries import DeliveryState
from tests.storage.webhooks.office import Office
from tests.storage.webhooks.receiver import running_receiver
from tests.support.certificates import make_certificate
from tests.support.clock import FakeClock

FORBIDDEN = [
    "127.0.0.1", "127.8.8.8", "0.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "192.0.0.1", "198.18.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.2.1",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1",
    "2002:7f00:1::1", "2002:a00:1::", "fe80::1", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "2001:db8::1",
    "2001::1",
]  # fmt: skip
PUBLIC = ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "::ffff:808:808", "64:ff9b::808:808"]


def make_guard(*networks: str, development: bool = False) -> AddressGuard:
    """A guard of a server in production, unless told otherwise."""
    return AddressGuard([ipaddress.ip_network(each) for each in networks], allow_loopback=development)


def in_url(address: str) -> str:
    """As it stands in a URL."""
    return f"[{address}]" if ":" in address else address


@pytest.mark.parametrize("address", FORBIDDEN)
async def test_what_is_not_public_is_refused_written_out_and_behind_a_name(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard = make_guard()
    with pytest.raises(Refusal, match="not public") as refused:
        guard.check_url(f"https://{in_url(address)}/hook")
    assert (refused.value.code, refused.value.facts) == (ErrorCode.INVALID_FIELD, {"field": "url"})
    for found in ([address], ["8.8.8.8", address]):
        monkeypatch.setattr(addresses, "_look_up", lambda _, found=found: found)
        assert await guard.find_addresses(httpx.URL("https://shop.test/")) is Outcome.ADDRESS_REFUSED
    guard.close()


@pytest.mark.parametrize("address", PUBLIC)
async def test_what_is_public_is_let_through(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    guard = make_guard()
    guard.check_url(f"https://{in_url(address)}:8443/hook?to=me")
    monkeypatch.setattr(addresses, "_look_up", lambda _: [address])
    assert await guard.find_addresses(httpx.URL("https://shop.test/")) == [address]
    guard.close()


async def test_a_network_can_be_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    guard = make_guard("10.1.0.0/16", "::1/128")
    guard.check_url("https://10.1.2.3/")
    guard.check_url("https://[::ffff:10.1.2.3]/")
    guard.check_url("https://[::1]/")
    with pytest.raises(Refusal, match="not public"):
        guard.check_url("https://10.2.0.1/")
    with pytest.raises(Refusal, match="https"):
        guard.check_url("http://10.1.2.3/")
    monkeypatch.setattr(addresses, "_look_up", lambda _: ["10.1.2.3"])
    assert await guard.find_addresses(httpx.URL("https://shop.test/")) == ["10.1.2.3"]
    guard.close()


async def test_this_machine_is_allowed_in_development_only(monkeypatch: pytest.MonkeyPatch) -> None:
    own = ["http://127.0.0.1:9000/", "http://localhost/", "http://[::1]/", "https://127.0.0.1/"]
    for url in own:
        make_guard(development=True).check_url(url)
        if "localhost" not in url:
            with pytest.raises(Refusal):
                make_guard().check_url(url)
    for url in ("http://shop.example.org/", "http://8.8.8.8/", "http://127.0.0.1.example.org/"):
        with pytest.raises(Refusal, match="https"):
            make_guard(development=True).check_url(url)
    monkeypatch.setattr(addresses, "_look_up", lambda _: ["8.8.8.8"])
    guard = make_guard(development=True)
    assert await guard.find_addresses(httpx.URL("http://localhost/")) is Outcome.ADDRESS_REFUSED
    guard.close()


@pytest.mark.parametrize(
    "url",
    [
        "", "https://", "https:///x", "//shop.test/", "shop.test", "ftp://shop.test/", "file:///etc/passwd",
        "https://u:p@shop.test/", "https://u@shop.test/", "https://shop.test/#x", "https://shop.test\\@127.0.0.1/",
        "https://shop.test:99999/", "https://shop.test/\r\nx: y", "https://sh op.test/", "https://店.test/",
        "javascript:x", "https://shop.test:0/",
    ],
)  # fmt: skip
def test_what_is_no_plain_https_url_is_refused(url: str) -> None:
    with pytest.raises(Refusal) as refused:
        make_guard(development=True).check_url(url)
    assert refused.value.facts == {"field": "url"}


@given(st.text(max_size=60).map(lambda text: f"https://{text}") | st.text(max_size=60))
def test_any_text_is_a_url_or_refused(text: str) -> None:
    try:
        make_guard().check_url(text)
    except Refusal:
        return
    assert httpx.URL(text).scheme == "https"


async def test_numbers_that_mean_this_machine_are_found_out(office: Office) -> None:
    """Written as systems read them: the look-up says what they are."""
    office.guard._allow_loopback = False
    endpoints = []
    for host in ("2130706433", "0x7f.1", "127.1", "localhost"):
        endpoints.append(await office.register(f"https://{host}/"))
    await office.tell(1)
    await office.settle()
    for endpoint in endpoints:
        (waiting,) = await office.list(endpoint, DeliveryState.PENDING)
        assert waiting.last_outcome in ("address_refused", "unresolved")


async def test_a_name_without_an_address_is_tried_again_later(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: httpx.URL) -> Sequence[str]:
        raise OSError("no such name")

    monkeypatch.setattr(addresses, "_look_up", fail)
    endpoint = await office.register("https://shop.test/")
    await office.tell(1)
    await office.settle()
    assert [each.last_outcome for each in await office.list(endpoint, DeliveryState.PENDING)] == ["unresolved"]


async def test_the_connection_goes_to_the_address_that_was_checked_with_the_certificate_of_the_name(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: FakeClock
) -> None:
    """`shop.test` has no address but the one that was checked, so nothing is looked up a second time."""
    server, office.poster.tls = make_certificate("shop.test", tmp_path)[:2]
    asked: list[httpx.URL] = []

    def look_up(url: httpx.URL) -> list[str]:
        asked.append(url)
        return ["127.0.0.1"]

    monkeypatch.setattr(addresses, "_look_up", look_up)
    async with running_receiver(server) as receiver:
        right = await office.register(f"https://shop.test:{receiver.port}/hook?to=a")
        wrong = await office.register(f"https://other.test:{receiver.port}/hook")
        await office.tell(1, 2)
        await office.settle()
        assert [each.headers["host"] for each in receiver.got] == [f"shop.test:{receiver.port}"] * 2
        assert receiver.got[0].path == "/hook?to=a"
        assert len(await office.list(right, DeliveryState.DELIVERED)) == 2
        refused = await office.list(wrong, DeliveryState.PENDING)
        assert [each.last_outcome for each in refused] == ["unreachable"] * 2
        assert {url.host for url in asked} == {"shop.test", "other.test"}


async def test_a_proxy_of_the_environment_is_not_used(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would look up the name anew."""
    async with running_receiver() as proxy, running_receiver() as receiver:
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        await office.register(receiver.url)
        await office.tell(1)
        await office.settle()
        assert (len(proxy.got), len(receiver.got)) == (0, 1)

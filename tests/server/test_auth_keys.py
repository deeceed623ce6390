"""API keys, bearer headers and the list of who is shut out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from liveroom.realtime.identity import Identity, Role
from liveroom.server.auth import ApiKeys, Revocations, bearer_matches, make_api_key, read_bearer
from liveroom.server.errors import Banned
from liveroom.server.settings import load_settings
from tests.support.clock import FakeClock


def make_identity(user_id: str, token_id: str | None = None) -> Identity:
    return Identity(user_id=user_id, name=user_id, role=Role.VIEWER, expires_at_ms=0, token_id=token_id)


def test_a_made_key_is_known_by_its_name_and_only_its_hash_is_configured() -> None:
    (shop, shop_entry), (crm, crm_entry) = make_api_key("shop"), make_api_key("crm")
    assert shop not in shop_entry
    keys = ApiKeys(load_settings(api_keys=f"{shop_entry},{crm_entry}").api_keys)
    assert keys.verify(f"Bearer {shop}") == "shop"
    assert keys.verify(f"bearer {crm}") == "crm"


def test_no_other_header_is_taken_for_a_key() -> None:
    key, entry = make_api_key("shop")
    name, _, digest = entry.partition(":")
    keys = ApiKeys(((name, digest),))
    for header in (None, "", key, f"Basic {key}", "Bearer", "Bearer ", f"Bearer {key}x", f"Bearer {key[:-1]}",
                   f"Bearer {digest}", f"Bearer {key} {key}", f"Bearer {key}\n", "Bearer é"):  # fmt: skip
        assert keys.verify(header) is None, header
    assert ApiKeys(()).verify(f"Bearer {key}") is None


@pytest.mark.parametrize("name", ["", "Shop", "a b", "a:b", "a,b", "x" * 33, "shop\n"])
def test_a_key_has_a_plain_name(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        make_api_key(name)


def test_no_two_keys_are_alike() -> None:
    assert len({make_api_key("shop")[0] for _ in range(100)}) == 100


def test_a_bearer_matches_its_secret_and_nothing_else() -> None:
    secret = SecretStr("metrics-token-of-this-test")
    assert bearer_matches("Bearer metrics-token-of-this-test", secret)
    for header in (None, "Bearer metrics-token-of-this-tes", "Bearer x", "metrics-token-of-this-test"):
        assert not bearer_matches(header, secret)


@given(st.text(max_size=60))
def test_any_header_is_read_or_left(header: str) -> None:
    credential = read_bearer(header)
    assert credential is None or credential in header


def test_lifting_a_ban_lets_the_person_in(clock: FakeClock) -> None:
    revocations = Revocations(clock)
    revocations.ban_user("u1", clock.now_ms() + 1000)
    with pytest.raises(Banned):
        revocations.check(make_identity("u1"))
    revocations.unban_user("u1")
    revocations.check(make_identity("u1"))


def test_a_shorter_ban_does_not_shorten_a_longer_one(clock: FakeClock) -> None:
    revocations = Revocations(clock)
    revocations.ban_user("u1", clock.now_ms() + 2000)
    revocations.ban_user("u1", clock.now_ms() + 1000)
    clock.advance(1500)
    with pytest.raises(Banned):
        revocations.check(make_identity("u1"))


def test_a_user_and_a_token_with_the_same_id_are_two_things(clock: FakeClock) -> None:
    revocations = Revocations(clock)
    revocations.revoke_token("x", clock.now_ms() + 1000)
    revocations.check(make_identity("x"))


def test_a_full_list_forgets_what_ends_first(clock: FakeClock) -> None:
    revocations = Revocations(clock, capacity=3)
    for number, seconds in enumerate((40, 10, 30, 20)):
        revocations.ban_user(f"u{number}", clock.now_ms() + seconds * 1000)
    assert len(revocations) == 3
    revocations.check(make_identity("u1"))
    for number in (0, 2, 3):
        with pytest.raises(Banned):
            revocations.check(make_identity(f"u{number}"))


def test_what_has_ended_makes_room(clock: FakeClock) -> None:
    revocations = Revocations(clock, capacity=2)
    revocations.ban_user("long", clock.now_ms() + 10_000)
    revocations.ban_user("short", clock.now_ms() + 1000)
    clock.advance(1000)
    revocations.ban_user("new", clock.now_ms() + 500)
    assert len(revocations) == 2
    with pytest.raises(Banned):
        revocations.check(make_identity("new"))


@given(st.lists(st.tuples(st.sampled_from(["ban", "lift", "wait"]), st.integers(0, 9), st.integers(1, 5000))))
def test_the_list_is_bounded_and_never_bans_longer_than_said(steps: list[tuple[str, int, int]]) -> None:
    clock = FakeClock()
    revocations = Revocations(clock, capacity=4)
    until_ms: dict[str, int] = {}
    for action, number, amount in steps:
        user = f"u{number}"
        if action == "ban":
            revocations.ban_user(user, clock.now_ms() + amount)
            until_ms[user] = max(until_ms.get(user, 0), clock.now_ms() + amount)
        elif action == "lift":
            revocations.unban_user(user)
            until_ms.pop(user, None)
        else:
            clock.advance(amount)
        assert len(revocations) <= 4
        assert len(revocations._ends) <= 9
        for number_ in range(10):
            if until_ms.get(f"u{number_}", 0) <= clock.now_ms():
                revocations.check(make_identity(f"u{number_}"))

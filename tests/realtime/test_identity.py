"""Roles and where they hold (L2)."""

from __future__ import annotations

import itertools

import pytest

from liveroom.realtime.identity import Identity, Role


def make(role: Role, rooms: frozenset[str] | None = None) -> Identity:
    return Identity(user_id="u1", name="u1", role=role, guest=role is Role.GUEST, rooms=rooms, expires_at_ms=1000)


def test_roles_are_ordered_by_power_with_host_and_moderator_level() -> None:
    assert sorted(Role, key=lambda role: role.power)[0] is Role.GUEST
    assert Role.GUEST < Role.VIEWER < Role.HOST < Role.OPERATOR < Role.SERVICE
    assert Role.HOST != Role.MODERATOR
    assert Role.HOST <= Role.MODERATOR <= Role.HOST
    assert not Role.HOST < Role.MODERATOR
    assert not Role.HOST > Role.MODERATOR


@pytest.mark.parametrize(("one", "other"), list(itertools.product(Role, Role)))
def test_every_comparison_agrees_with_power(one: Role, other: Role) -> None:
    assert (one < other) == (one.power < other.power)
    assert (one <= other) == (one.power <= other.power)
    assert (one > other) == (one.power > other.power)
    assert (one >= other) == (one.power >= other.power)


@pytest.mark.parametrize(
    ("role", "rooms", "inside", "outside"),
    [
        (Role.GUEST, None, Role.GUEST, Role.GUEST),
        (Role.VIEWER, None, Role.VIEWER, Role.VIEWER),
        (Role.HOST, frozenset({"demo"}), Role.HOST, Role.VIEWER),
        (Role.MODERATOR, frozenset({"demo"}), Role.MODERATOR, Role.VIEWER),
        (Role.HOST, None, Role.VIEWER, Role.VIEWER),
        (Role.MODERATOR, frozenset(), Role.VIEWER, Role.VIEWER),
        (Role.OPERATOR, None, Role.OPERATOR, Role.OPERATOR),
        (Role.OPERATOR, frozenset({"demo"}), Role.OPERATOR, Role.VIEWER),
        (Role.SERVICE, None, Role.SERVICE, Role.SERVICE),
    ],
)
def test_a_role_holds_in_its_rooms_and_nowhere_else(
    role: Role, rooms: frozenset[str] | None, inside: Role, outside: Role
) -> None:
    identity = make(role, rooms)
    assert identity.role_in("demo") is inside
    assert identity.role_in("other") is outside


def test_viewers_and_guests_can_be_tied_to_rooms_and_others_enter_any() -> None:
    rooms = frozenset({"demo"})
    for role in Role:
        assert make(role, rooms).may_enter("demo")
        assert make(role).may_enter("other")
        assert make(role, rooms).may_enter("other") == (role > Role.VIEWER)


def test_a_token_has_run_out_from_its_end_on() -> None:
    assert not make(Role.VIEWER).is_expired(999)
    assert make(Role.VIEWER).is_expired(1000)


def test_a_guest_with_another_role_cannot_be_made() -> None:
    for role, guest in ((Role.HOST, True), (Role.GUEST, False)):
        with pytest.raises(ValueError, match="guest"):
            Identity(user_id="u1", name="u1", role=role, guest=guest, expires_at_ms=0)


def test_an_identity_can_be_put_into_a_set_and_never_changes() -> None:
    assert len({make(Role.VIEWER), make(Role.VIEWER), make(Role.OPERATOR)}) == 2
    with pytest.raises(AttributeError):
        make(Role.VIEWER).role = Role.SERVICE  # type: ignore[misc]  # the point of the test

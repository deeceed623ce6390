"""Open sockets are counted in all and by network, and who has left leaves nothing behind."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from liveroom.realtime.occupancy import Occupancy, network_of
from tests.rooms.builders import MACHINE


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("::1", "::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
        ("a:b", "a:b"),
        ("", ""),
    ],
)
def test_an_address_stands_for_its_network(address: str, network: str) -> None:
    """A customer with IPv6 has 2^64 addresses and is still one."""
    assert network_of(address) == network


def test_a_network_of_ipv6_has_as_many_sockets_as_one_address() -> None:
    occupancy = Occupancy(max_sockets=100, max_per_address=2)
    occupancy.enter("2001:db8::1")
    occupancy.enter("2001:db8::2")
    assert occupancy.is_full_for("2001:db8::3")
    assert not occupancy.is_full_for("2001:db8:0:1::3")


def test_zero_means_no_limit_for_an_address() -> None:
    occupancy = Occupancy(max_sockets=100, max_per_address=0)
    for _ in range(50):
        occupancy.enter("203.0.113.7")
    assert not occupancy.is_full_for("203.0.113.7")


ADDRESSES = ("203.0.113.7", "203.0.113.8", "2001:db8::1", "2001:db8::2", "")
NETWORKS = {address: network_of(address) for address in ADDRESSES}


class Sockets(RuleBasedStateMachine):
    """Against a list of those that are open."""

    def __init__(self) -> None:
        super().__init__()
        self.occupancy = Occupancy(max_sockets=8, max_per_address=3)
        self.present: list[str] = []

    @rule(address=st.sampled_from(ADDRESSES))
    def come(self, address: str) -> None:
        self.occupancy.enter(address)
        self.present.append(address)

    @precondition(lambda self: self.present)
    @rule(data=st.data())
    def go(self, data: st.DataObject) -> None:
        address = self.present.pop(data.draw(st.integers(0, len(self.present) - 1)))
        self.occupancy.leave(address)

    @invariant()
    def agrees(self) -> None:
        assert self.occupancy.count == len(self.present)
        assert self.occupancy.is_full() == (len(self.present) >= 8)
        for address in ADDRESSES[:-1]:
            same = [each for each in self.present if each and NETWORKS[each] == NETWORKS[address]]
            assert self.occupancy.is_full_for(address) == (len(same) >= 3)

    def teardown(self) -> None:
        for address in self.present:
            self.occupancy.leave(address)
        assert not self.occupancy._per_network, "nothing is kept of those who are gone"


Sockets.TestCase.settings = MACHINE
TestSockets = Sockets.TestCase

"""Campaigns under any history, against a model that only keeps lists: claims, moves, edits and a clock that jumps."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.campaign import Audience
from liveroom.rooms.rules import campaign, claims, drops, grants
from liveroom.rooms.rules.campaign_state import (
    ENDED,
    EXHAUSTED,
    AddDrop,
    CampaignState,
    Command,
    Edit,
    Elapse,
    Pause,
    Recount,
    Resume,
)
from liveroom.rooms.rules.claims import Claimant, Had
from liveroom.rooms.rules.drops import NOTHING, DropEdit, DropTally
from liveroom.rooms.rules.grants import RELEASED, REVOKED, GrantState, Lock, Redeem, Release, Revoke, Unlock
from tests.rooms.builders import MACHINE, NOW
from tests.rooms.campaigns import FIXED, RANDOM, make_campaign, make_drop

PEOPLE = st.sampled_from("abcdefgh")
DROPS = st.sampled_from(["d1", "d2", None])
PER_USER, PER_DROP = 3, 2
FAR_MS = 10 * 86_400_000


class CampaignMachine(RuleBasedStateMachine):
    """The rules on one side; on the other all coupons ever granted, in a list."""

    value_of = staticmethod(lambda: RANDOM)
    pots: tuple[int | None, int | None] = (2_000, 77)

    def __init__(self) -> None:
        super().__init__()
        both = (
            make_drop(1, stock=4, pot=self.pots[0], ends_at_ms=NOW + FAR_MS),
            make_drop(2, stock=3, pot=self.pots[1], ends_at_ms=NOW + FAR_MS),
        )
        if self.pots[0] is not None:
            both = tuple(replace(drop, pot=drop.stock * 300) for drop in both)
        self.state: CampaignState = make_campaign(
            value=self.value_of(), drops=both, per_user=PER_USER, per_drop=PER_DROP, audience=Audience(level_min=2)
        )
        self.tallies: dict[str, DropTally] = {drop.id: NOTHING for drop in both}
        self.coupons: list[GrantState] = []
        self.now_ms = NOW

    def apply(self, command: Command) -> None:
        try:
            self.state, _ = campaign.apply(self.state, command, self.tallies, self.now_ms)
        except Refusal:
            return
        for drop in self.state.drops:
            self.tallies.setdefault(drop.id, NOTHING)

    @rule(user=PEOPLE, drop_id=DROPS, level=st.sampled_from([1, 2, 2, 2]))
    def claim(self, user: str, drop_id: str | None, level: int) -> None:
        drop = claims.find_drop(self.state, drop_id, self.now_ms)
        if drop is None or claims.why_closed(self.state, drop, self.now_ms) is not None:
            return
        mine = [coupon for coupon in self.coupons if coupon.user_id == user and coupon.status is not RELEASED]
        had = Had(len(mine), sum(coupon.drop == drop.id for coupon in mine))
        who = Claimant(user, level=level)
        denied = claims.refuse(self.state, drop, self.tallies[drop.id], had, mine[-1] if mine else None, who)
        out = [each for each in self.coupons if each.drop == drop.id and each.status not in (RELEASED, REVOKED)]
        may = had.of_campaign < PER_USER and had.of_drop < PER_DROP and len(out) < drop.stock and level >= 2
        assert (denied is None) == may
        if denied is None:
            coupon = claims.grant(self.state, drop, self.tallies[drop.id], user, self.now_ms)
            self.coupons.append(coupon)
            self.tallies[drop.id] = self.tallies[drop.id].grant(coupon.amount)
            self.apply(Recount())

    @rule(
        at=st.integers(0, 30),
        command=st.sampled_from([Lock("o1", 60), Lock("o2", 60), Unlock(), Redeem("o1"), Release(), Revoke()]),
    )
    def move(self, at: int, command: grants.Command) -> None:
        if at >= len(self.coupons):
            return
        before = self.coupons[at]
        try:
            after = grants.apply(before, command, self.now_ms)
        except Refusal:
            return
        self.coupons[at] = after
        if after.status in (RELEASED, REVOKED) and before.status is not after.status:
            self.tallies[after.drop] = self.tallies[after.drop].take_back(after.amount)
            self.apply(Recount())

    @rule(
        drop_id=st.sampled_from(["d1", "d2"]), stock=st.integers(1, 8), pot=st.one_of(st.none(), st.integers(1, 3_000))
    )
    def edit(self, drop_id: str, stock: int, pot: int | None) -> None:
        self.apply(Edit(drops=(DropEdit(drop_id, stock=stock, pot=pot),)))

    @rule(command=st.sampled_from([Pause(), Resume(), Elapse()]))
    def order(self, command: Command) -> None:
        self.apply(command)

    @rule(stock=st.integers(1, 3))
    def add_drop(self, stock: int) -> None:
        if len(self.state.drops) < 4:
            self.apply(AddDrop(0, 86_400, stock, 300 * stock if self.pots[0] is not None else None))

    @rule(ms=st.sampled_from([-86_400_000, -1_000, 1, 60_000, 86_400_000]))
    def let_the_clock_jump(self, ms: int) -> None:
        self.now_ms += ms

    @invariant()
    def what_is_granted_and_what_is_left_make_the_stock(self) -> None:
        for drop in self.state.drops:
            tally = self.tallies[drop.id]
            out = [each for each in self.coupons if each.drop == drop.id and each.status not in (RELEASED, REVOKED)]
            assert (tally.held, tally.spent) == (len(out), sum(coupon.amount for coupon in out))
            assert len(out) + drops.left(drop, tally) == drop.stock
            if drop.pot is not None and not drops.left(drop, tally):
                assert tally.spent == drop.pot, "the whole pot is out with the last coupon"

    @invariant()
    def amounts_are_within_bounds_and_numbers_are_given_once(self) -> None:
        value = self.state.value
        least, most = (value.amount, value.amount) if value.kind == "fixed" else (value.min, value.max)
        assert all(least <= coupon.amount <= most for coupon in self.coupons)
        assert len({coupon.id for coupon in self.coupons}) == len(self.coupons)

    @invariant()
    def nobody_has_more_than_their_share(self) -> None:
        for user in {coupon.user_id for coupon in self.coupons}:
            mine = [each.drop for each in self.coupons if each.user_id == user and each.status is not RELEASED]
            assert len(mine) <= PER_USER
            assert all(mine.count(drop) <= PER_DROP for drop in mine)

    @invariant()
    def exhausted_is_what_the_stock_says(self) -> None:
        if self.state.status is ENDED:
            return
        for drop in self.state.drops:
            assert drop.exhausted == (not drops.left(drop, self.tallies[drop.id]))
        if self.state.status is EXHAUSTED:
            assert any(drop.exhausted for drop in self.state.drops)


class FixedMachine(CampaignMachine):
    """The same with coupons that are all worth the same."""

    value_of = staticmethod(lambda: FIXED)
    pots = (None, None)


CampaignMachine.TestCase.settings = FixedMachine.TestCase.settings = MACHINE
TestRedPackets = CampaignMachine.TestCase
TestFixedCoupons = FixedMachine.TestCase

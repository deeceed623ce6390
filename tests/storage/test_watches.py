"""How well a show was seen is kept for each visit, and read as sums by cohort, on each kind of database."""

from __future__ import annotations

from liveroom.rooms.storage.watches import Cohort, Watch, Watches
from tests.storage.desk import Desk


def _watch(user: str, visit: int = 1, *, picture: str = "hd", stay_s: int = 10, show: str = "s1", at: int = 1) -> Watch:
    return Watch("r", show, user, visit, picture, "smooth", stay_s * 1000, at)


async def test_the_newest_of_each_visit_counts_and_cohorts_are_summed(desk: Desk) -> None:
    watches = Watches(desk.database)
    await watches.put([_watch("ann"), _watch("bob", stay_s=20), _watch("cid", picture="sd", stay_s=5)])
    await watches.put([_watch("ann", stay_s=30), _watch("ann", 2, stay_s=4), _watch("ann", show="s2")])
    assert await watches.read("r", "s1") == [Cohort("hd", "smooth", 2, 3, 54_000), Cohort("sd", "smooth", 1, 1, 5_000)]
    assert await watches.read("other", "s1") == []


async def test_old_visits_are_forgotten_in_slices(desk: Desk) -> None:
    watches = Watches(desk.database)
    await watches.put([_watch(f"u{number}", at=number) for number in range(5)])
    assert await watches.forget(4, 3) == 3
    assert await watches.forget(4, 3) == 1
    assert await watches.forget(4, 3) == 0
    assert (await watches.read("r", "s1"))[0].viewers == 1

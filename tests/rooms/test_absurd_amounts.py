"""Money and numbers that cannot be meant are refused by the name of their field, before any rule sees them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from liveroom.realtime.catalogue import Model
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.campaign import MOST_STOCK
from liveroom.rooms.messages.gift import SendGift
from liveroom.rooms.messages.money import LARGEST_AMOUNT
from liveroom.rooms.messages.order import RecordOrder
from liveroom.rooms.rules.campaign import create
from liveroom.server.api.campaign_views import CreateCampaign
from tests.rooms.builders import NOW

ABSURD: tuple[Any, ...] = (-1, 0.5, 1e300, "5", True, None, 10**13, 2**63, -(2**63))
DROP = {"ends_at": NOW + 60_000, "stock": 10}
CAMPAIGN = {
    "id": "c1",
    "name": "c",
    "currency": "CNY",
    "value": {"kind": "fixed", "amount": 500},
    "valid_s": 86_400,
    "drops": [DROP],
}
ITEM = {"product": "p1", "title": "Tea", "count": 1, "amount": 100}
ORDER = {"order_id": "o1", "user_id": "ann", "items": [ITEM], "amount": 100, "currency": "CNY"}


def parse(model: type[Model], data: dict[str, Any]) -> Any:
    """As the decoder and the routes do."""
    return model.model_validate_json(json.dumps(data))


@pytest.mark.parametrize("value", ABSURD, ids=repr)
@pytest.mark.parametrize(
    ("model", "good", "field"),
    [
        (CreateCampaign, CAMPAIGN, "value.amount"),
        (CreateCampaign, CAMPAIGN, "drops.0.stock"),
        (CreateCampaign, CAMPAIGN, "valid_s"),
        (SendGift, {"gift": "rose", "count": 1}, "count"),
        (RecordOrder, ORDER, "amount"),
        (RecordOrder, ORDER, "items.0.count"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_a_number_that_cannot_be_meant_is_refused_by_name(
    model: type[Model], good: dict[str, Any], field: str, value: Any
) -> None:
    parse(model, good)
    with pytest.raises(ValidationError) as refused:
        parse(model, _changed(good, field.split("."), value))
    named = {".".join(map(str, error["loc"])) for error in refused.value.errors()}
    assert any(field.split(".")[-1] in name for name in named), named


def _changed(data: Any, path: list[str], value: Any) -> Any:
    key: Any = int(path[0]) if isinstance(data, list) else path[0]
    new = value if len(path) == 1 else _changed(data[key], path[1:], value)
    if isinstance(data, list):
        return [*data[:key], new, *data[key + 1 :]]
    return data | {key: new}


def test_a_campaign_worth_more_than_can_be_counted_is_refused() -> None:
    """Each number alone is allowed; together they are more than a client in JavaScript can read."""
    wanted = CAMPAIGN | {"value": {"kind": "fixed", "amount": LARGEST_AMOUNT}, "drops": [DROP | {"stock": MOST_STOCK}]}
    with pytest.raises(Refusal):
        create(parse(CreateCampaign, wanted).draft("r1"), NOW)

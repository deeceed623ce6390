"""The tables of gifts and orders, as the newest migration leaves them (a test compares).

Promise: as of `tables.py`; amounts are whole minor units.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, PrimaryKeyConstraint, Table, Text, literal_column

from liveroom.rooms.storage.tables import Id, Json, metadata, partial_index

gift_combos = Table(
    "gift_combos",
    metadata,
    Column("id", Id, nullable=False),
    Column("room", Id, nullable=False),
    Column("show", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    Column("name", Text, nullable=False),
    Column("level", Integer, nullable=False),
    Column("demo", Boolean, nullable=False),
    Column("gift", Id, nullable=False),
    Column("to_id", Id, nullable=False),
    Column("to_name", Text, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("opened_at_ms", BigInteger, nullable=False),
    Column("last_at_ms", BigInteger, nullable=False),
    Column("due_at_ms", BigInteger, nullable=False),
    Column("closed_at_ms", BigInteger),
    Column("settlement_id", Id),
    PrimaryKeyConstraint("id"),
)
"""Every gift is part of one; `settlement_id` is null while it is open."""

partial_index("ix_gift_combos_open", gift_combos.c.closed_at_ms.is_(None), gift_combos.c.room, gift_combos.c.user_id)
partial_index("ix_gift_combos_due", gift_combos.c.closed_at_ms.is_(None), gift_combos.c.due_at_ms)
Index("ix_gift_combos_room_show", gift_combos.c.room, gift_combos.c.show, gift_combos.c.opened_at_ms, gift_combos.c.id)

gift_sums = Table(
    "gift_sums",
    metadata,
    Column("room", Id, nullable=False),
    Column("show", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    Column("name", Text, nullable=False),
    Column("level", Integer, nullable=False),
    Column("demo", Boolean, nullable=False),
    Column("gifts", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    PrimaryKeyConstraint("room", "show", "user_id"),
)
"""What each has given; `show` empty: in all shows of the room. The ranks are read from here.

In a round of a battle (`show` as `battle:b1.1`), `amount` is the points made for the room.
"""

Index(
    "ix_gift_sums_rank",
    gift_sums.c.room,
    gift_sums.c.show,
    gift_sums.c.amount.desc(),
    gift_sums.c.user_id,
)

gift_charges = Table(
    "gift_charges",
    metadata,
    Column("id", Id, nullable=False),
    Column("room", Id, nullable=False),
    Column("show", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    Column("name", Text, nullable=False),
    Column("key", Id, nullable=False),
    Column("body", Text, nullable=False),
    Column("gift", Id, nullable=False),
    Column("to_id", Id, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Id, nullable=False),
    Column("state", Id, nullable=False),
    Column("reason", Text),
    Column("attempts", Integer, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("next_at_ms", BigInteger, nullable=False),
    Column("ended_at_ms", BigInteger),
    PrimaryKeyConstraint("id"),
)
"""What the app's billing was asked; written before it is asked. `next_at_ms`: when there is something to be done."""

_unended = literal_column("state").in_(
    [literal_column("'pending'"), literal_column("'voiding'"), literal_column("'owed'")]
)
partial_index("ix_gift_charges_due", _unended, gift_charges.c.next_at_ms)
Index("ix_gift_charges_state_id", gift_charges.c.state, gift_charges.c.id)

orders = Table(
    "orders",
    metadata,
    Column("id", Id, nullable=False),
    Column("room", Id, nullable=False),
    Column("show", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    Column("name", Text),
    Column("items", Json, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Id, nullable=False),
    Column("status", Id, nullable=False),
    Column("grant", Id),
    Column("source", Id),
    Column("campaign", Id),
    Column("paid_at_ms", BigInteger, nullable=False),
    Column("refunded_at_ms", BigInteger),
    PrimaryKeyConstraint("id"),
)
"""Orders of the shop; `show` empty: none ran."""

Index("ix_orders_room_paid", orders.c.room, orders.c.paid_at_ms, orders.c.id)
Index("ix_orders_room_show_paid", orders.c.room, orders.c.show, orders.c.paid_at_ms, orders.c.id)

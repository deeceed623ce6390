"""The SQL that differs between SQLite and PostgreSQL, in one place.

Promise: a statement made here has one text however many values it is given, so that it is compiled and prepared once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from hashlib import blake2b
from typing import Any, Literal

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    ColumnElement,
    Delete,
    Table,
    any_,
    bindparam,
    delete,
    func,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.rooms.storage.tables import Id

DialectName = Literal["sqlite", "postgresql"]

Insert = postgresql.Insert | sqlite.Insert


def dialect_of(connection: AsyncConnection) -> DialectName:
    """Which kind of database a connection belongs to."""
    return "sqlite" if connection.dialect.name == "sqlite" else "postgresql"


def among(column: ColumnElement[Any], name: str, dialect: DialectName) -> ColumnElement[bool]:
    """Whether a column is one of the values of the parameter `name`, a list."""
    if dialect == "sqlite":
        return column.in_(select(func.json_each(bindparam(name, type_=JSON)).table_valued("value").c.value))
    kind = BigInteger() if isinstance(column.type, BigInteger) else Id
    return column == any_(bindparam(name, type_=ARRAY(kind)))


def among_pairs(
    columns: tuple[ColumnElement[Any], ColumnElement[Any]], name: str, dialect: DialectName
) -> ColumnElement[bool]:
    """Whether two columns together are one of the pairs of text given by `pairs_parameter(name, …)`."""
    if dialect == "sqlite":
        row = func.json_each(bindparam(name, type_=JSON)).table_valued("value")
        return tuple_(*columns).in_(
            select(func.json_extract(row.c.value, "$[0]"), func.json_extract(row.c.value, "$[1]"))
        )
    first, second = (bindparam(f"{name}_{number}", type_=ARRAY(Id)) for number in (0, 1))
    rows = func.unnest(first, second).table_valued("first", "second").render_derived()
    return tuple_(*columns).in_(select(rows.c.first, rows.c.second))


def pairs_parameter(name: str, pairs: Collection[tuple[str, str]], dialect: DialectName) -> dict[str, object]:
    """The parameters that `among_pairs` wants."""
    if dialect == "sqlite":
        return {name: [list(pair) for pair in pairs]}
    return {f"{name}_0": [first for first, _ in pairs], f"{name}_1": [second for _, second in pairs]}


def insert_into(table: Table, dialect: DialectName) -> Insert:
    """An INSERT that can say what to do on a conflict."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def replace_in(table: Table, dialect: DialectName) -> Insert:
    """An INSERT that replaces the row with the same primary key."""
    statement = insert_into(table, dialect)
    keys = [column.name for column in table.primary_key]
    changed = {column.name: statement.excluded[column.name] for column in table.c if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


def delete_oldest(table: Table, time: ColumnElement[Any], *conditions: ColumnElement[bool]) -> Delete:
    """A DELETE of about `:most` of the rows whose time is before `:before` and that meet the conditions, oldest first.

    By time and not by key, so that one statement serves both databases; rows of one moment go together.
    """
    those = (time < bindparam("before"), *conditions)
    oldest = select(time.label("time")).where(*those).order_by(time).limit(bindparam("most")).subquery()
    newest = select(func.max(oldest.c.time)).scalar_subquery()
    return delete(table).where(time <= newest, *conditions)


async def lock_scopes(connection: AsyncConnection, scopes: Iterable[str], dialect: DialectName) -> None:
    """Wait until no other transaction holds one of these scopes, and hold them until this one ends.

    SQLite has one writer, so there is nothing to do. Locks are taken in one order everywhere: no deadlock.
    """
    if dialect == "sqlite":
        return
    numbers = sorted({int.from_bytes(blake2b(each.encode(), digest_size=8).digest(), signed=True) for each in scopes})
    if numbers:
        await connection.execute(_LOCK, {"scopes": numbers})


_LOCK = text(
    "SELECT count(*) FROM (SELECT pg_advisory_xact_lock(scope) FROM unnest(:scopes) AS scope OFFSET 0) AS held"
).bindparams(bindparam("scopes", type_=ARRAY(BigInteger)))

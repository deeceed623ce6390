"""Many new rows in one statement, for tables that are written thousands of times a second.

An INSERT that is executed for each row hands the interpreter back and forth between threads with every row; one that is
given many rows does so once. Promise: there are two statements however many rows come, so that both are prepared once;
rows are written in their order, all or none.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import orjson
from sqlalchemy import ARRAY, BigInteger, Column, LargeBinary, Table, TextClause, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.rooms.storage.portable import DialectName
from liveroom.rooms.storage.tables import Id

Row = Sequence[Any]

TOGETHER = 512
"""Rows that SQLite gets as parameters of one statement, which is quicker than JSON: a full batch of the ledger."""

FEW = 16
"""Rows that SQLite gets in one statement which tells their ids: there are as many statements to be prepared."""


class NumberedInsert:
    """A few new rows at a time, of a table whose ids are given by the database.

    Args:
        columns: names, in the order in which rows give their values.
    """

    def __init__(self, table: Table, columns: Sequence[str], dialect: DialectName) -> None:
        self._dialect = dialect
        self._columns = columns
        chosen = [table.c[name] for name in columns]
        self._plain = f"{_insert(table, chosen)} VALUES "
        self._places = f"({', '.join('?' * len(chosen))})"
        self._id = table.c.id.name
        self._statement = table.insert().returning(table.c.id, sort_by_parameter_order=True)

    async def write(self, connection: AsyncConnection, rows: Sequence[Row]) -> Sequence[int]:
        """Insert rows, at least one; gives their ids."""
        if self._dialect == "postgresql":
            values = [dict(zip(self._columns, row, strict=True)) for row in rows]
            return list(await connection.scalars(self._statement, values))
        ids: list[int] = []
        for start in range(0, len(rows), FEW):
            part = rows[start : start + FEW]
            text_ = f"{self._plain}{', '.join([self._places] * len(part))} RETURNING {self._id}"
            given = await connection.exec_driver_sql(text_, tuple(chain.from_iterable(part)))
            # One row after the other gets the next id; in which order they are told is left open (lang_returning.html).
            ids += sorted(given.scalars())
        return ids


class BulkInsert:
    """See the module.

    Args:
        columns: names, in the order in which rows give their values. Those of binary values come last, and all values
            of one have the same size.
    """

    def __init__(self, table: Table, columns: Sequence[str], dialect: DialectName) -> None:
        chosen = [table.c[name] for name in columns]
        self._plain = sum(not isinstance(column.type, LargeBinary) for column in chosen)
        self._binary = range(self._plain, len(chosen))
        self._dialect = dialect
        make = _make_sqlite if dialect == "sqlite" else _make_postgresql
        self._statement = make(table, chosen, self._plain)
        places = f"({', '.join('?' * len(chosen))})"
        self._together = f"{_insert(table, chosen)} VALUES {', '.join([places] * TOGETHER)}"

    async def write(self, connection: AsyncConnection, rows: Sequence[Row]) -> None:
        """Insert rows; at least one."""
        if self._dialect == "sqlite":
            whole = len(rows) // TOGETHER * TOGETHER
            for start in range(0, whole, TOGETHER):
                values = tuple(chain.from_iterable(rows[start : start + TOGETHER]))
                await connection.exec_driver_sql(self._together, values)
            rows = rows[whole:]
        if rows:
            await connection.execute(self._statement, self._parameters(rows))

    def _parameters(self, rows: Sequence[Row]) -> dict[str, Any]:
        if self._dialect == "postgresql":
            return {f"column_{at}": list(values) for at, values in enumerate(zip(*rows, strict=True))}
        parameters: dict[str, Any] = {"rows": orjson.dumps([row[: self._plain] for row in rows]).decode()}
        for at in self._binary:
            parameters[f"bytes_{at}"] = b"".join(row[at] for row in rows)
            parameters[f"size_{at}"] = len(rows[0][at])
        return parameters


def _make_sqlite(table: Table, columns: Sequence[Column[Any]], plain: int) -> TextClause:
    values = [f"json_extract(value, '$[{at}]')" for at in range(plain)]
    values += [f"substr(:bytes_{at}, key * :size_{at} + 1, :size_{at})" for at in range(plain, len(columns))]
    picked = ", ".join(values)
    return text(f"{_insert(table, columns)} SELECT {picked} FROM json_each(:rows)")  # noqa: S608 - our own columns


def _make_postgresql(table: Table, columns: Sequence[Column[Any]], plain: int) -> TextClause:
    places = ", ".join(f":column_{at}" for at in range(len(columns)))
    binds = [bindparam(f"column_{at}", type_=ARRAY(_type(column))) for at, column in enumerate(columns)]
    statement = f"{_insert(table, columns)} SELECT * FROM unnest({places})"  # noqa: S608 - names of our own columns
    return text(statement).bindparams(*binds)


def _insert(table: Table, columns: Sequence[Column[Any]]) -> str:
    # Names of our own tables, none of them a reserved word.
    return f"INSERT INTO {table.name} ({', '.join(column.name for column in columns)})"


def _type(column: Column[Any]) -> Any:
    if isinstance(column.type, LargeBinary):
        return LargeBinary()
    return BigInteger() if isinstance(column.type, BigInteger) else Id

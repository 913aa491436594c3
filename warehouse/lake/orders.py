"""The order in which a mart gives its rows, where it has one.

Source: the last clause of the mart's statement, `models/marts/<subject>/<mart>.sql`; the sort
        of the API's list that relies on the mart.
Shape:  columns of the mart, with their directions.
Errors: none: any other mart has no order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from psycopg import sql

from warehouse import state
from warehouse.web import contracts
from warehouse.web.resources import LISTS

_CLAUSE = re.compile(r"^order by ([\w\s,]+)\Z", re.MULTILINE)
_COLUMN = re.compile(r"(\w+)(?: (asc|desc))?")


def order_of(mart: str) -> sql.Composed | None:
    """Return the columns of the order; null where the mart has none."""
    columns = contracts.types(mart)
    for each in LISTS:
        for sort in each.sorts:
            if each.mart == mart and sort.is_of_the_mart:
                return _ordered([("workspace_id", False), *sort.columns])
    (file,) = (state.project_root() / "models" / "marts").glob(f"*/{mart}.sql")
    clause = _CLAUSE.search(file.read_text("utf-8").strip())
    if clause is None:
        return None
    parts = []
    for part in " ".join(clause[1].split()).split(", "):
        told = _COLUMN.fullmatch(part)
        assert told is not None, part
        assert told[1] in columns, part
        parts.append((told[1], told[2] == "desc"))
    return _ordered(parts)


def _ordered(columns: Iterable[tuple[str, bool]]) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.Identifier(name) + sql.SQL(" desc" if is_descending else " asc")
        for name, is_descending in columns
    )

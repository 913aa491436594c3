"""The statements behind the read API: a page of a mart, or one row of it.

Source: resources, contracts, and the values of a request, which are parameters only.
Shape:  `page` yields the statement of each part of a page; a row is the item as JSON text, then
        the values of the sort as text. A cursor is these values of the last row of a page.
Units:  JSON is PostgreSQL's: numbers exact, times ISO 8601 with offset.
Errors: ValueError for a cursor that belongs to another question.

Rows after a cursor are compared with it column by column, not counted, so a page costs the same
wherever it is. Nulls come last in both directions. They have a statement of their own, run when
the others do not fill the page, so that an index serves both.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
from psycopg import sql

from warehouse.web import contracts
from warehouse.web.resources import List, Membership, Ordered, Parts, Sort

Values = dict[str, Any]
Position = Sequence[str | None]  # the values of a sort, as text
WHOLE = "whole"  # the parameter with the id of what has parts


class Condition(NamedTuple):
    """What rows must be like: a column, an operator, a value.

    `among`: the value is one of that mart's; `column` is the key that both have.
    """

    column: str
    operator: str
    value: Any
    among: Membership | None = None


class Statement(NamedTuple):
    """A statement and its parameters."""

    text: sql.Composed
    values: Values


def row(mart: str, conditions: Sequence[Condition]) -> Statement:
    """Return the statement of one row, as JSON text."""
    where, values = _where(conditions)
    text = sql.SQL(
        "select to_json(item)::text from (select {} from {} where {}) as item"
    ).format(_listed(mart), sql.Identifier(mart), where)
    return Statement(text, values)


def page(
    resource: List,
    sort: Sort,
    conditions: Sequence[Condition],
    limit: int,
    after: Position | None,
) -> Iterator[Statement]:
    """Yield the statements of a page: of rows that have a value to sort by, then of the others.

    Each has at most `limit` rows; the caller stops when it has enough.
    """
    where, values = _where(conditions, resource.parts)
    values["limit"] = limit
    first, *ties = sort.columns
    is_among_nulls = after is not None and after[0] is None
    if not is_among_nulls:
        known = [where]
        if sort.has_nulls:
            known.append(sql.SQL("{} is not null").format(sql.Identifier(first.name)))
        if after is not None:
            known.append(_after(resource.mart, sort.columns, after, values))
        yield _page(resource, sort, known, sort.columns, values)
    if sort.has_nulls:
        others = [where, sql.SQL("{} is null").format(sql.Identifier(first.name))]
        if after is not None and is_among_nulls:
            others.append(_after(resource.mart, ties, after[1:], values))
        yield _page(resource, sort, others, ties, values)


def tallied(
    resource: List, sort: Sort, conditions: Sequence[Condition], limit: int
) -> Statement:
    """Return the statement of a first page whose last column counts all rows, as JSON.

    Both read what the mart gives once. The sort has no nulls.
    """
    where, values = _where(conditions)
    values["limit"] = limit
    names = sql.SQL(", ").join(map(sql.Identifier, resource.tallied))
    text = sql.SQL(
        "with whole as materialized (select {} from {} where {})"
        " select to_json(item)::text, {}, (select json_agg(tally)::text from"
        " (select {}, count(*) as row_count from whole group by {} order by {}) as tally)"
        " from (select * from whole {} limit {}) as item"
    ).format(
        *(_listed(resource.mart), sql.Identifier(resource.mart), where),
        *(_position(sort), names, names, names, _order(sort.columns)),
        sql.Placeholder("limit"),
    )
    return Statement(text, values)


def _page(
    resource: List,
    sort: Sort,
    where: Sequence[sql.Composed],
    order: Sequence[Ordered],
    values: Values,
) -> Statement:
    ordered = _order(order)
    listed = sql.SQL("select {} from {} where {} {} limit {}").format(
        _listed(resource.mart),
        sql.Identifier(resource.mart),
        sql.SQL(" and ").join(where),
        sql.SQL("") if sort.is_of_the_mart else ordered,
        sql.Placeholder("limit"),
    )
    if resource.parts is not None:
        listed = _of_parts(resource.parts, listed, ordered, values)
    text = sql.SQL("select to_json(item)::text, {} from ({}) as item").format(
        _position(sort), listed
    )
    return Statement(text, values)


def _order(columns: Sequence[Ordered]) -> sql.Composed:
    return sql.SQL("order by {}").format(
        sql.SQL(", ").join(
            sql.SQL("{} desc" if each.is_descending else "{}").format(sql.Identifier(each.name))
            for each in columns
        )
    )


def _position(sort: Sort) -> sql.Composed:
    """Return the values of a sort, as text."""
    return sql.SQL(", ").join(
        sql.SQL("item.{}::text").format(sql.Identifier(each.name)) for each in sort.columns
    )


def _of_parts(
    parts: Parts, listed: sql.Composed, ordered: sql.Composed, values: Values
) -> sql.Composed:
    """Return the first rows of all parts; `listed` are those of one."""
    return sql.SQL(
        "select rows.* from (select {0} as part from {1} where {2} = {3}) as parts"
        " cross join lateral ({4}) as rows {5} limit {6}"
    ).format(
        sql.Identifier(parts.part),
        sql.Identifier(parts.mart),
        sql.Identifier(parts.whole),
        sql.Placeholder(WHOLE),
        listed,
        ordered,
        sql.Placeholder("limit"),
    )


def _listed(mart: str) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(column.name) for column in contracts.columns(mart))


def _where(
    conditions: Sequence[Condition], parts: Parts | None = None
) -> tuple[sql.Composed, Values]:
    """Return the conditions joined, and their values; that on a whole is one on its part."""
    asked, values = [], {}
    for number, each in enumerate(conditions):
        if parts is not None and each.column == parts.whole:
            values[WHOLE] = each.value
            asked.append(sql.SQL("{} = parts.part").format(sql.Identifier(parts.part)))
        else:
            values[f"value_{number}"] = each.value
            asked.append(condition(each, f"value_{number}"))
    return sql.SQL(" and ").join(asked), values


def condition(wanted: Condition, name: str) -> sql.Composed:
    """Return a condition as SQL; its value is the parameter `name`."""
    column, value = sql.Identifier(wanted.column), sql.Placeholder(name)
    if wanted.among is not None:
        among = wanted.among
        is_member = sql.SQL("{0} in (select {0} from {1} where {2} = {3})").format(
            column,
            sql.Identifier(among.mart),
            sql.Identifier(among.column),
            value,
        )
        return sql.SQL("({}) is not true").format(is_member) if among.is_absent else is_member
    return sql.SQL("{} {} {}").format(column, sql.SQL(wanted.operator), value)


def pattern_of(words: str) -> str:
    """Return the pattern of `like` that finds these very words within a text."""
    return "%" + re.sub(r"([\\%_])", r"\\\1", words) + "%"


def _after(
    mart: str, order: Sequence[Ordered], after: Position, values: Values
) -> sql.Composed:
    """Return the condition of rows after a position; its values join the others.

    In one direction it is a comparison of rows, which an index serves. In two, each column
    counts where those before it are equal.
    """
    types = contracts.types(mart)
    names = [sql.Identifier(each.name) for each in order]
    given = []
    for number, (each, value) in enumerate(zip(order, after, strict=True)):
        values[f"after_{number}"] = value
        given.append(
            sql.SQL("{}::{}").format(
                sql.Placeholder(f"after_{number}"), sql.SQL(types[each.name])
            )
        )
    if len({each.is_descending for each in order}) == 1:
        return sql.SQL("({}) {} ({})").format(
            sql.SQL(", ").join(names), _farther(order[0]), sql.SQL(", ").join(given)
        )
    cases = []
    for number, each in enumerate(order):
        equal = [
            sql.SQL("{} = {}").format(name, value)
            for name, value in zip(names[:number], given[:number], strict=True)
        ]
        beyond = sql.SQL("{} {} {}").format(names[number], _farther(each), given[number])
        cases.append(sql.SQL("({})").format(sql.SQL(" and ").join([*equal, beyond])))
    return sql.SQL("({})").format(sql.SQL(" or ").join(cases))


def _farther(column: Ordered) -> sql.SQL:
    return sql.SQL("<" if column.is_descending else ">")


def fingerprint(path: str, sort: Sort, conditions: Sequence[Condition]) -> str:
    """Return what a cursor says of its question, so that it is used for no other one."""
    told = [path, sort.name, *map(str, conditions)]
    return hashlib.sha256("\0".join(told).encode()).hexdigest()[:16]


def cursor(question: str, position: Position) -> str:
    """Return a position of a question as a parameter."""
    said = msgspec.json.encode([question, *position])
    return base64.urlsafe_b64encode(said).rstrip(b"=").decode("ascii")


def position(given: str, question: str, sort: Sort) -> Position:
    """Return the position that a cursor says."""
    try:
        said = msgspec.json.decode(
            base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)), type=list[str | None]
        )
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise ValueError("it is no cursor of this operation") from None
    if not said or said[0] != question or len(said) != len(sort.by) + 1:
        raise ValueError(
            "it belongs to another question: workspace, sort and filters must stay"
        )
    return said[1:]

"""Questions to the read API, and the same questions in plain SQL.

Source: a server of `served`, and a session of its database's owner.
Shape:  items as JSON has them.
Errors: AssertionError where a right question gets no answer, or a wrong one no problem.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it has no types
from psycopg import sql
from psycopg.rows import dict_row
from served import BASE, FIRST, SECOND, Served

from warehouse.web import problems
from warehouse.web.parameters import DEFAULT_ITEMS
from warehouse.web.resources import Item, List, Sort

WORKSPACES = (FIRST, SECOND)
SOME = 3  # values of a filter, and ids of an operation

Row = dict[str, Any]
Marts = psycopg.Connection[Row]


@contextmanager
def owner_of(server: Served) -> Iterator[Marts]:
    """Open a session of the owner that sees the marts first."""
    with server.target.connect(autocommit=True) as session:
        session.execute("set search_path = marts")
        rows: Any = session
        rows.row_factory = dict_row
        yield rows


def ask(client: httpx.Client, path: str, **parameters: Any) -> Any:
    """Return the answer to a question that is right."""
    answer = client.get(f"{BASE}/{path}", params=parameters)
    assert answer.status_code == 200, (path, parameters, answer.text)
    return answer.json()


def everything(client: httpx.Client, path: str, **parameters: Any) -> list[Row]:
    """Return the items of all pages."""
    items: list[Row] = []
    while True:
        answer = ask(client, path, **parameters)
        items += answer["items"]
        if answer["next"] is None:
            return items
        assert len(answer["items"]) == parameters.get("limit", DEFAULT_ITEMS)
        parameters["cursor"] = answer["next"]


def rows(
    marts: Marts,
    mart: str,
    where: Row,
    sort: Sort | None = None,
    range_: tuple[str, str, Any] | None = None,
) -> list[Row]:
    """Return rows of a mart, by plain SQL; `range_` is a column, an operator and a value."""
    order = [
        sql.SQL("{} {} nulls last").format(
            sql.Identifier(each.name), sql.SQL("desc" if each.is_descending else "asc")
        )
        for each in (sort.columns if sort else ())
    ]
    compared = [(name, "=", value) for name, value in where.items()]
    if range_ is not None:
        compared.append(range_)
    statement = sql.SQL("select to_json(mart) as item from {} as mart where {} {}").format(
        sql.Identifier(mart),
        sql.SQL(" and ").join(
            sql.SQL("{} {} {}").format(sql.Identifier(name), sql.SQL(op), sql.Literal(value))
            for name, op, value in compared
        ),
        sql.SQL("order by {}").format(sql.SQL(", ").join(order)) if order else sql.SQL(""),
    )
    return [row["item"] for row in marts.execute(statement)]


def asked(resource: List, marts: Marts) -> Iterator[tuple[str, Row, Row]]:
    """Yield paths and parameters that ask for a list, and the condition of its rows."""
    for workspace in WORKSPACES:
        if resource.parent is None:
            yield resource.path, {"workspace": workspace}, {"workspace_id": workspace}
            continue
        column = resource.parent.column
        statement = sql.SQL(
            "select {0} as id from {1} where workspace_id = {2} group by {0}"
            " order by count(*) desc, {0} limit {3}"
        ).format(
            sql.Identifier(column),
            sql.Identifier(resource.mart),
            sql.Literal(workspace),
            sql.Literal(SOME),
        )
        for row in marts.execute(statement):
            path = resource.path.replace("{id}", str(row["id"]))
            yield path, {"workspace": workspace}, {column: row["id"], "workspace_id": workspace}


def named(value: object) -> str:
    """Return how a test names a resource or a sort."""
    return value.path if isinstance(value, List | Item) else getattr(value, "name", str(value))


def assert_problem(answer: httpx.Response, status: int, phrase: str) -> None:
    """Check that an answer is a problem, and what it says."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert said["status"] == status
    assert phrase in said["detail"], said
    assert said["detail"].endswith(".")
    Draft202012Validator(problems.SCHEMA).validate(said)

"""What people can read of a workspace: every mart, of the owner and of a tenant, and the API.

Source: a database that is built, a tenant's login, a client of a server.
Shape:  `holding` names the places that hold one of some values.
Units:  those of `warehouse.privacy.searching`.
Errors: AssertionError where the API does not answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import httpx
import psycopg
from psycopg import sql
from served import BASE

from warehouse.privacy.searching import Sought
from warehouse.web.resources import LISTS

MARTS = (
    "select relname from pg_class where relnamespace = 'marts'::regnamespace"
    " and relkind in ('r', 'v') order by relname"
)
PAGE = 200


def holding(
    sessions: dict[str, psycopg.Connection],
    client: httpx.Client,
    workspace: str,
    values: Sequence[str],
) -> list[str]:
    """Return the places in which one of some values can be read.

    `sessions`: by the schema in which each looks for the marts.
    """
    sought = Sought(values)
    found = []
    for schema, session in sessions.items():
        for (mart,) in session.execute(MARTS).fetchall():
            rows = session.execute(
                sql.SQL("select mart::text from {} as mart").format(
                    sql.Identifier(schema, mart)
                )
            ).fetchall()
            if sought.rows([text for (text,) in rows]):
                found.append(f"{schema}.{mart}")
    for path, text in answers(client, workspace):
        if sought.places(text):
            found.append(f"api {path}")
    return found


def answers(client: httpx.Client, workspace: str) -> Iterator[tuple[str, str]]:
    """Yield every page of every list of the API that is about nothing else."""
    for resource in LISTS:
        following: str | None = "" if resource.parent is None else None
        while following is not None:
            asked = {"workspace": workspace, "limit": str(PAGE)}
            if following:
                asked["cursor"] = following
            answer = client.get(f"{BASE}/{resource.path}", params=asked)
            assert answer.status_code == 200, (resource.path, answer.text)
            yield resource.path, answer.text
            following = answer.json()["next"]

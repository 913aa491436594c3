"""What people can read of a workspace: every mart, of the owner and of a tenant, every route.

Source: a database that is built, a tenant's login, a client of a server and its routes.
Shape:  `holding` names the places that hold one of some values.
Units:  those of `warehouse.privacy.searching`.
Errors: AssertionError where the server does not answer.
"""

from __future__ import annotations

from collections.abc import Sequence

import httpx
import psycopg
from every_route import answers
from psycopg import sql

from warehouse.privacy.searching import Sought

WORKSPACE = "acme"
MARTS = (
    "select relname from pg_class where relnamespace = 'marts'::regnamespace"
    " and relkind in ('r', 'v') order by relname"
)


def holding(
    sessions: dict[str, psycopg.Connection],
    client: httpx.Client,
    routes: set[str],
    accounts: Sequence[str],
    values: Sequence[str],
) -> list[str]:
    """Return the places in which one of some values can be read.

    `sessions`: by the schema in which each looks for the marts. `accounts`: whose pages count.
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
    for name, text in answers(client, sessions["marts"], routes, WORKSPACE, accounts):
        if sought.places(text):
            found.append(f"route {name}")
    return found

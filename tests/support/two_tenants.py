"""Two workspaces with a tenant each, whose every text holds a mark that is found anywhere.

Source: records of every kind in the exchange format, the same for both but for the mark.
Shape:  `two_tenants` yields a `Tenants`; the database is the module's own.
Errors: AssertionError where the data cannot be landed or built.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from warehouse import loading, runs, tenants
from warehouse.connection import Target

AS_OF = "2026-03-10T00:00:00Z"
OWN, FOREIGN = "acme", "globex"
MARKS = {OWN: "kestrel7q", FOREIGN: "osprey9z"}  # in no other text of the database
PLATFORMS = ("instagram", "discord", "linear", "product", "forum")
TYPES = ("comment", "like", "message", "view", "reaction", "mention", "click", "voice_join")


@dataclass(frozen=True)
class Tenants:
    """The logins of both, and the marts that there are."""

    owner: Target
    logins: dict[str, Target]
    marts: list[str]

    def open(self, workspace: str = OWN) -> psycopg.Connection[Any]:
        """Return a session of a tenant."""
        return self.logins[workspace].connect(
            autocommit=True, cursor_factory=psycopg.Cursor, options=""
        )


def records(mark: str) -> Iterator[dict[str, Any]]:
    """Yield records of every kind, all of whose texts hold the mark."""
    for platform in PLATFORMS:
        of_platform = {"platform": platform}
        post = {**of_platform, "post_id": f"{mark} post"}
        yield {
            **post,
            "record": "post",
            "type": "channel",
            "title": f"Title {mark}",
            "url": f"https://example.com/{mark}",
            "community_id": f"{mark} place",
            "community_name": f"Place {mark}",
        }
        yield {**post, "record": "counter", "metric": "view_count", "value": 12}
        yield {**post, "record": "counter", "metric": f"odd {mark}", "value": 3}
        for number in range(3):
            actor = {**of_platform, "actor_id": f"{mark}-{number}"}
            yield {
                **actor,
                "record": "profile",
                "username": f"user.{mark}.{number}",
                "display_name": f"Name {mark}",
                "profile_url": f"https://example.com/{mark}/{number}",
                "follower_count": 100 + number,
            }
            for place, name in enumerate((*TYPES, f"odd {mark}")):
                yield {
                    **actor,
                    "record": "interaction",
                    "id": f"{mark} {platform} {number} {place}",
                    "type": name,
                    "post_id": f"{mark} post",
                    "text": f"Text {mark} about ENG-{number + 1}",
                    "sentiment": ("negative", f"odd {mark}")[number % 2],
                    "metadata": {"issue_id": f"ENG-{number + 1}", "kind": mark},
                    "occurred_at": f"2026-03-0{number + 1}T1{place % 9}:00:00Z",
                }
    yield {
        "record": "content",
        "content_id": f"{mark} content",
        "title": f"Content {mark}",
        "slug": mark,
        "posts": [{"platform": each, "post_id": f"{mark} post"} for each in PLATFORMS],
        "tags": [{"type": "topic", "value": f"tag {mark}"}],
    }
    yield {"record": "interaction", "platform": "forum", "id": f"{mark} bad", "type": "like"}


def land(session: psycopg.Connection, folder: Path, workspace: str, name: str = "") -> None:
    """Land the records of a workspace; with a name, as of other people and posts."""
    file = folder / f"{workspace}{name}.ndjson"
    mark = MARKS[workspace] + name
    file.write_text("".join(json.dumps(record) + "\n" for record in records(mark)), "utf-8")
    (result,) = loading.load(session, [str(file)], loading.Declared(workspace))
    assert result.problem is None, result


def swap(session: psycopg.Connection, schema: str, name: str) -> None:
    """Give a relation another shape, as an upgrade does: a first column more, or one less."""
    source = sql.SQL("table {}").format(sql.Identifier(schema, name))
    kind = "table"
    if schema == "marts":  # the new view must not read the old one
        kind = "view"
        row = session.execute(
            "select pg_get_viewdef(%s::regclass)", (f"{schema}.{name}",)
        ).fetchone()
        assert row is not None
        source = sql.Composed([sql.SQL(row[0].rstrip(";"))])
    columns = [
        column
        for (column,) in session.execute(
            "select column_name from raw.columns_of(%s::regclass)", (f"{schema}.{name}",)
        )
    ]
    first = sql.SQL("1 as odd,") if "odd" not in columns else sql.SQL("")
    others = sql.SQL(", ").join(sql.Identifier(each) for each in columns if each != "odd")
    made = sql.SQL("create {} upgrade.{} as select {} {} from ({}) as was")
    with session.transaction():
        session.execute(made.format(sql.SQL(kind), sql.Identifier(name), first, others, source))
        session.execute("select raw.take_place(%s, %s)", (schema, name))
        session.execute("select raw.own_relation(%s, %s)", (schema, name))


@contextmanager
def two_tenants(target: Target, session: psycopg.Connection, folder: Path) -> Iterator[Tenants]:
    """Land, build, and make both tenants; take them away afterwards."""
    for workspace in MARKS:
        land(session, folder, workspace)
    outcome = runs.run(target, session, accept=True, as_of=AS_OF)
    assert outcome.is_successful, outcome
    logins = {}
    for workspace in MARKS:
        opened = tenants.add(session, workspace)
        logins[workspace] = replace(
            target, user=opened.login, password=opened.secret, is_analyst=True
        )
    rows = session.execute(
        "select relname from pg_class where relnamespace = 'marts'::regnamespace"
        " and relkind in ('r', 'v') order by relname"
    )
    try:
        yield Tenants(target, logins, [name for (name,) in rows])
    finally:
        for workspace in MARKS:
            tenants.remove(session, workspace)

"""Many people, each planted by values that nothing else has.

Source: the exchange format, and statements for what a loader does not write.
Shape:  `delivery` returns what is delivered about somebody, `values_of` by what a trace is
        recognised: ids, names, texts, and hashes of them without a key.
Units:  people are numbered.
Errors: none.
"""

from __future__ import annotations

import hashlib
import json
from typing import LiteralString

import psycopg
from direct_landing import line
from psycopg import sql

from loaders.privacy.forgetting import natural_key

ROWS = 5  # interactions of each person
WORKSPACE = "acme"
OTHER = "vq-friend"  # who writes to everybody and stays

PLANTS: tuple[LiteralString, ...] = (
    "insert into raw.decisions (workspace_id, platform, actor_id, decision, reason, notes)"
    " values ('acme', 'web', %(id)s, 'flagged', %(text)s, %(text)s),"
    " ('acme', 'web', 'vq-friend', 'vip', 'knows ' || %(name)s, null)",
    "insert into raw.labels select load_id, line_no, workspace_id, platform, native_id,"
    " md5(text), 'vader', '1', 'en', 0.5, 'positive' from raw.interactions"
    " where text is not null and text like %(like)s",
    "insert into raw.notifications (channel, message_key, workspace_id, follower_id,"
    " alert_kind, severity)"
    " values ('team', gen_random_uuid(), 'acme', %(key)s, 'vip_quiet', 'notice')",
    "insert into raw.identity_evidence"
    " select min(load_id), 1, 'acme', 'web', %(id)s, 'visitor-1', 'alias', null from raw.loads",
    "insert into raw.pull_cursors (source_name, item, workspace_id, state) values"
    " (%(id)s, 'i', 'acme', jsonb_build_object('since', %(comment)s || ' ' || %(name)s))",
    "insert into raw.archived_interactions (run_seq, workspace_id, platform, follower_id,"
    " platform_user_id, native_type, time_precision, is_retracted, interaction_count,"
    " decay_basis, load_id, first_at, last_at, first_received_at, last_received_at)"
    " select 0, 'acme', 'web', %(key)s, %(id)s, 'comment', 'second', true, 3, '',"
    " min(load_id), '2026-03-01T10:00:00Z', '2026-03-01T11:00:00Z', now(), now()"
    " from raw.loads where workspace_id = 'acme'",
)


def account(number: int) -> str:
    """Return the platform's id of somebody."""
    return f"vq-account-{number}x"


def name(number: int) -> str:
    """Return the user name of somebody."""
    return f"vq.handle{number}x"


def text(number: int) -> str:
    """Return what somebody writes."""
    return f"vqtext{number}x said this"


def _ids(number: int) -> list[str]:
    comments = [f"vq-comment-{number}x-{row}" for row in range(ROWS)]
    return [account(number), *comments, f"vq-post-{number}x"]


def delivery(number: int) -> list[bytes]:
    """Return the records about somebody, and what others wrote to them."""
    actor_id, handle = account(number), name(number)
    _, *comments, post = _ids(number)
    records = [
        line(0, id=key, actor_id=actor_id, text=text(number), post_id=f"p{row}")
        for row, key in enumerate(comments)
    ]
    told: list[dict[str, object]] = [
        {
            **{"record": "profile", "platform": "web", "actor_id": actor_id},
            **{"username": handle, "display_name": f"Vq Person {number}x"},
            "profile_url": f"https://web.example/{handle}",
        },
        {
            **{"record": "post", "platform": "web", "post_id": post, "author_id": actor_id},
            **{"title": f"vqtitle{number}x", "url": f"https://web.example/{handle}/1"},
        },
        {"record": "counter", "platform": "web", "post_id": post, "metric": "like", "value": 9},
        {
            **{"record": "content", "content_id": f"item-{number}", "title": f"By @{handle}"},
            "posts": [{"platform": "web", "post_id": post}],
            "tags": [{"type": "who", "value": handle}],
        },
    ]
    reply = {"actor_id": OTHER, "post_id": "p0", "parent_id": comments[0]}
    return [
        *records,
        *(json.dumps(each).encode() + b"\n" for each in told),
        line(0, id=f"reply-{number}", text=f"hi @{handle}, {actor_id}!", **reply),
        line(0, id=f"like:{actor_id}:p0", type="like", actor_id=OTHER, post_id="p0"),
        line(0, id=f"on-{number}", type="like", actor_id=OTHER, post_id=post),
        line(0, id=f"rejected-{number}", actor_id=actor_id, occurred_at="no time"),
    ]


def plant(session: psycopg.Connection, number: int) -> None:
    """Plant somebody where no delivery does."""
    values = {
        "id": account(number),
        "name": name(number),
        "text": text(number),
        "like": f"%{text(number)}%",
        "comment": _ids(number)[1],
        "key": natural_key(WORKSPACE, "web", account(number)),
    }
    for statement in PLANTS:
        session.execute(statement, values)


def values_of(number: int) -> list[str]:
    """Return by what a trace of somebody is recognised."""
    words = [name(number), text(number), f"Vq Person {number}x", f"vqtitle{number}x"]
    ids = _ids(number)
    hashed = [each.encode() for each in (*ids, *words)]
    return [
        *ids,
        *words,
        *(str(natural_key(WORKSPACE, "web", each)) for each in ids),
        *(hashlib.md5(each, usedforsecurity=False).hexdigest() for each in hashed),
        *(hashlib.sha256(each).hexdigest() for each in hashed),
    ]


def shown(session: psycopg.Connection, wanted: list[str]) -> list[str]:
    """Return the relations that people read, also tenants, which show one of some values."""
    found = []
    relations = session.execute(
        "select nsp.nspname, cls.relname from pg_class as cls"
        " inner join pg_namespace as nsp on cls.relnamespace = nsp.oid"
        " where cls.relkind in ('r', 'v', 'm')"
        " and (nsp.nspname = 'marts' or nsp.nspname like 'tenant%')"
    ).fetchall()
    for schema, relation in relations:
        statement = sql.SQL(
            "select count(*) from {} as found where lower(to_jsonb(found)::text) ~ {}"
        ).format(
            sql.Identifier(schema, relation),
            sql.Literal("|".join(each.lower().replace(".", "[.]") for each in wanted)),
        )
        (count,) = session.execute(statement).fetchall()[0]
        if count:
            found.append(f"{schema}.{relation}")
    return found

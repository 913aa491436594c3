"""The record of wishes that were carried out: what, when, by whom, why; never about whom.

Source: raw.privacy_requests.
Shape:  a request is begun in the transaction of its first effect, and finished when its
        promise holds.
Units:  counts of rows by relation.
Errors: those of the key and of the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import psycopg
from psycopg.types.json import Jsonb

from warehouse.decisions import Account
from warehouse.privacy import key

Kind = Literal["opt_out", "opt_in", "export", "erase"]


def begin(session: psycopg.Connection, kind: Kind, account: Account, reason: str | None) -> int:
    """Enter a request; return its number."""
    about = (account.workspace_id, account.platform, account.actor_id)
    row = session.execute(
        "insert into raw.privacy_requests (request_kind, workspace_id, account_hash, reason)"
        " values (%s, %s, %s, %s) returning request_id",
        (kind, account.workspace_id, key.account_hash(key.key(), *about), reason),
    ).fetchone()
    assert row is not None
    return int(row[0])


def begin_again(session: psycopg.Connection, workspace: str, account_hash: bytes) -> int:
    """Enter an erasure that the log knows and the database does not; return its number."""
    row = session.execute(
        "insert into raw.privacy_requests (request_kind, workspace_id, account_hash, reason)"
        " values ('erase', %s, %s, 'again, from the log') returning request_id",
        (workspace, account_hash),
    ).fetchone()
    assert row is not None
    return int(row[0])


def finish(
    session: psycopg.Connection, request_id: int, counts: Mapping[str, int] | None = None
) -> None:
    """Note that the promise of a request holds, and how many rows it was about."""
    session.execute(
        "update raw.privacy_requests set finished_at = clock_timestamp(), row_counts = %s"
        " where request_id = %s",
        (Jsonb(dict(counts or {})), request_id),
    )

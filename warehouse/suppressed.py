"""Accounts of people who opted out: what is received about them is counted and not stored.

Source: raw.decisions.
Shape:  a predicate, as `loaders.landing.land` takes it.
Errors: those of the database.
"""

from __future__ import annotations

from collections.abc import Collection

import psycopg

OPTED_OUT = (
    "select workspace_id, platform, actor_id from raw.decisions"
    " where decision in ('opted_out', 'erased') and workspace_id = any(%s)"
)


def accounts(
    session: psycopg.Connection, workspaces: Collection[str]
) -> set[tuple[str, str, str]]:
    """Return workspace, platform and id of the accounts that opted out."""
    return {(w, p, a) for w, p, a in session.execute(OPTED_OUT, (sorted(set(workspaces)),))}

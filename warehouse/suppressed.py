"""Accounts of people who opted out: what is received about them is counted and not stored.

Source: raw.decisions, of which the latest about an account holds.
Shape:  a predicate, as `loaders.landing.land` takes it.
Errors: those of the database.
"""

from __future__ import annotations

import psycopg

from loaders.landing.suppression import IsSuppressed

SUPPRESSED = (
    "select platform, actor_id from raw.decisions"
    " where workspace_id = %s and decision in ('opted_out', 'opted_in', 'erased')"
    " group by platform, actor_id"
    " having (array_agg(decision order by decision_id desc)"
    " filter (where decision <> 'erased'))[1] = 'opted_out' or bool_or(decision = 'erased')"
)


def accounts(session: psycopg.Connection, workspace: str) -> IsSuppressed | None:
    """Return whether an account of a workspace is suppressed; null where none is."""
    found = frozenset(session.execute(SUPPRESSED, (workspace,)).fetchall())
    return (lambda platform, actor_id: (platform, actor_id) in found) if found else None

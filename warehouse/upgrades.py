"""What an upgrade of the project did to the relations that were there, and what waits.

Source: raw.upgrade_notes, raw.set_aside_views and raw.model_progress, kept by
        loaders/upgrades.sql and `warehouse.database`; raw.tenant_views, of loaders/tenants.sql.
Shape:  sentences, one per relation.
Errors: none.
"""

from __future__ import annotations

import psycopg

_OF_TENANT = (
    "does not show its mart as it is now, because a reader or somebody's own view held it. The "
    "next run tries again."
)
_IN_THE_WAY = (
    "was not made by this warehouse and stands where a tenant's view belongs. Rename it; the "
    "next run makes the view."
)


def changes(session: psycopg.Connection, after: int, run_seq: int) -> list[str]:
    """What runs later than `after` changed; changes to raw are reported by the next run."""
    with session.transaction():
        session.execute(
            "update raw.upgrade_notes set run_seq = %s where run_seq is null", (run_seq,)
        )
        notes = session.execute(
            "select relation, change from raw.upgrade_notes"
            " where run_seq > %s and run_seq <= %s order by note_id",
            (after, run_seq),
        ).fetchall()
    return [f"{relation}: {change}" for relation, change in notes]


def waiting(session: psycopg.Connection) -> list[tuple[str, str]]:
    """Relations that need somebody's attention, and why."""
    aside = session.execute(
        "select schema_name || '.' || view_name, problem, is_ours from raw.set_aside_views"
        " order by place"
    ).fetchall()
    kept = session.execute(
        "select schema_name || '.' || model_name, kept_for from raw.model_progress"
        " where kept_for is not null order by 1"
    ).fetchall()
    tenants = session.execute(
        "select schema_name || '.' || view_name, is_made from raw.tenant_views()"
        " where not is_current order by 1"
    ).fetchall()
    return [
        *((view, _aside(problem, is_ours=is_ours)) for view, problem, is_ours in aside),
        *((view, _OF_TENANT if is_made else _IN_THE_WAY) for view, is_made in tenants),
        *(
            (
                relation,
                f"is no longer part of the project and was kept, because {depending} depends "
                "on it. Change what depends on it; the next run drops the relation.",
            )
            for relation, depending in kept
        ),
    ]


def _aside(problem: str, *, is_ours: bool) -> str:
    if is_ours:
        return f"is missing until the next run rebuilds it ({problem}): `warehouse run`."
    return (
        f"no longer fits what it reads ({problem}) and was dropped. Its text, owner "
        "and privileges are kept in raw.set_aside_views; create it again as you want it, "
        "or delete that row."
    )

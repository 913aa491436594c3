"""Whether the decayed score that a view derives from a stored sum is the one it should be.

Source: the mart's column, beside the sum over every interaction that the marts show, made
        in the same statement, with the weights of the seed and the project's half-life.
Shape:  the greatest relative error, and how many scores were compared.
Units:  relative to the recomputed score.
Errors: those of the database. None where the mart has no such column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from warehouse import state
from warehouse.connection import Target

_HALF_LIFE = re.compile(r"^\s+\w*half_life\w*:\s*([0-9.]+)", re.MULTILINE)
# now(): the instant at which the view of the same statement evaluates its own as-of
_COMPARE = """
with

recomputed as (
    select
        itr.follower_id,
        sum(
            wgt.weight * exp(
                -ln(2::float8)
                * extract(epoch from now() - itr.occurred_at)::float8
                / (86400 * %s::float8)
            )
        ) as score
    from marts.follower_interactions as itr
    inner join seeds.engagement_weights as wgt
        on itr.interaction_type = wgt.interaction_type
    where itr.occurred_at is not null
    group by itr.follower_id
),

compared as (
    select
        coalesce(rcp.score, 0) as recomputed,
        coalesce(scr.decayed_score, 0)::float8 as shown
    from marts.follower_engagement_scores as scr
    left join recomputed as rcp on scr.follower_id = rcp.follower_id
)

select
    coalesce(max(case
        when recomputed = shown then 0
        when recomputed = 0 then 'infinity'::float8
        else abs(shown - recomputed) / recomputed
    end), 0),
    count(*)
from compared
"""


@dataclass(frozen=True)
class Compared:
    """How far off the worst of so many scores is."""

    greatest_error: float
    scores: int


def half_life_days() -> str | None:
    """As the project has it."""
    found = _HALF_LIFE.search((state.project_root() / "dbt_project.yml").read_text("utf-8"))
    return found[1] if found else None


def compare(target: Target, half_life: str | None) -> Compared | None:
    """Recompute every follower's score, in full."""
    with target.connect() as session:
        known = session.execute(
            "select from information_schema.columns where table_schema = 'marts'"
            " and table_name = 'follower_engagement_scores'"
            " and column_name = 'decayed_score'"
        ).fetchone()
        if known is None or half_life is None:
            return None
        row = session.execute(_COMPARE, (half_life,)).fetchone()
    assert row is not None
    return Compared(*row)

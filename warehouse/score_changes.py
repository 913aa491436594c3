"""How many followers a run added, and how many scores and tiers it changed.

Source: core.current_profiles and core.follower_totals, before and after the run.
Shape:  `before` keeps what holds in temporary tables of the session, `since` compares it with
        what holds then. A run that builds what has news compares the followers that its news
        concern (`touched_followers.sql`); any other run compares all of them.
Units:  followers.
Errors: those of the database; None where the relations of before have another shape.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import psycopg
from psycopg import errors, sql

from warehouse.news import Last

TOUCHED = Path(__file__).parent / "sql" / "touched_followers.sql"
ALL = b"select follower_id from core.current_profiles"
# What is asked of relations of an older version.
_OTHER_SHAPE = (errors.UndefinedTable, errors.UndefinedColumn, errors.UndefinedFunction)
_SCORED = sql.SQL("""
    select
        cmp.follower_id,
        prf.follower_id is not null as is_there,
        scr.engagement_score,
        marts.determine_engagement_tier(scr.engagement_score) as engagement_tier
    from pg_temp.compared_followers as cmp
    left join core.current_profiles as prf on cmp.follower_id = prf.follower_id
    -- offset 0: an index look-up per follower, however few are stored besides
    left join lateral (
        select * from core.follower_totals as every
        where every.follower_id = cmp.follower_id
        offset 0
    ) as ttl on true
    cross join lateral (
        select coalesce(
            marts.calculate_engagement_score(
                ttl.comment_count, ttl.like_count, ttl.share_count,
                ttl.save_count, ttl.profile_visit_count, ttl.link_click_count
            ), 0
        ) as engagement_score
    ) as scr
""")
_KEEP = sql.SQL("create temporary table followers_before as {}").format(_SCORED)
_COMPARE = sql.SQL("""
    with now as ({})
    select
        count(*) filter (where not was.is_there),
        count(*) filter (
            where was.is_there and now.engagement_score <> was.engagement_score
        ),
        count(*) filter (
            where was.is_there and now.engagement_tier is distinct from was.engagement_tier
        ),
        count(*)
    from now
    inner join pg_temp.followers_before as was on now.follower_id = was.follower_id
    where now.is_there
""").format(_SCORED)
_FORGET = "drop table if exists pg_temp.compared_followers, pg_temp.followers_before"


class ScoreChanges(msgspec.Struct, frozen=True):
    """What a run changed. Scores and tiers are those of followers that were there before."""

    new_follower_count: int
    changed_score_count: int
    changed_tier_count: int


class Before(msgspec.Struct, frozen=True):
    """What is kept of the time before a run."""

    is_empty: bool  # nothing has been built yet
    is_whole: bool  # all followers are compared


def before(session: psycopg.Connection, last: Last | None, as_of: str | None) -> Before | None:
    """Keep what holds before a run that builds what has news since `last`, or everything."""
    row = session.execute("select to_regclass('core.current_profiles')").fetchone()
    if row is None or row[0] is None:
        return Before(is_empty=True, is_whole=True)
    try:
        with session.transaction():
            session.execute(_FORGET)
            _choose(session, last, as_of)
            session.execute("analyze pg_temp.compared_followers")
            session.execute(_KEEP)
            session.execute("analyze pg_temp.followers_before")
    except _OTHER_SHAPE:
        return None
    return Before(is_empty=False, is_whole=last is None)


def _choose(session: psycopg.Connection, last: Last | None, as_of: str | None) -> None:
    """Fill the table of the followers that are compared."""
    keep = b"create temporary table compared_followers as "
    if last is None:
        session.execute(keep + ALL)
        return
    waiting = session.execute("select load_id from raw.loads where run_seq is null")
    values = {
        "loads": [load_id for (load_id,) in waiting],
        "last_as_of": last.as_of,
        "as_of": as_of,
        "by_the_clock": last.by_the_clock,
    }
    session.execute(keep + TOUCHED.read_bytes(), values, prepare=False)


def since(session: psycopg.Connection, was: Before | None) -> ScoreChanges | None:
    """Return what has changed since `before`."""
    if was is None:
        return None
    new = scores = tiers = still_there = 0
    if not was.is_empty:
        with session.transaction():
            row = session.execute(_COMPARE, prepare=False).fetchone()
            session.execute(_FORGET)
        assert row is not None
        new, scores, tiers, still_there = row
    if was.is_whole:
        row = session.execute("select count(*) from core.current_profiles").fetchone()
        assert row is not None
        new = row[0] - still_there
    return ScoreChanges(new, scores, tiers)

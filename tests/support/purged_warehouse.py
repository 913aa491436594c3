"""A warehouse of random histories in which purges run, and what purges may not change."""

from __future__ import annotations

import uuid

import psycopg
from landed_history import Landed, configure, decide, land_load
from mart_comparison import differences
from mart_reader import Marts, read_marts
from model_builds import ModelBuilds
from oracle import key
from psycopg.rows import dict_row
from random_histories import AS_OF, PLATFORMS, UNKNOWN_PLATFORM, history
from seed_reader import project_seeds

from warehouse.connection import Target
from warehouse.purge import Purged, purge

SOME, ALL = 5, 40  # histories: `make test` plays some, `make soak` all
COMMUNITIES = ("discord",)  # have no retention
SINGLE = (
    "follower_interactions",
    "follower_activity_timeline",
    "interaction_history",
    "sentiment_labels",
    "user_interaction",
)
# the six newest interactions of a quiet account may lie in archives, of no order among them
TREND = ("sentiment_trend", "labelled_count", "is_insufficient", "sentiment_points")
# archives know days and no hours
HOURS = ("week_count", "interaction_count", "active_count", "average_interaction_count")
HOURLY = """
with
ledger as (
    select
        ldg.*,
        ldg.occurred_at at time zone stg.time_zone as local_time
    from core.interaction_ledger as ldg
    inner join core.workspace_settings as stg on ldg.workspace_id = stg.workspace_id
    where
        ldg.occurred_at is not null
        and ldg.archive_id is null
        and (
            ldg.effective_at is null
            or ldg.effective_at
            <= (select run.as_of from raw.runs as run order by run.run_seq desc limit 1)
        )
),
direct as (
    select
        follower_id, workspace_id, platform,
        extract(isodow from local_time)::integer as activity_weekday,
        extract(hour from local_time)::integer as activity_hour,
        sum(gross_sign) as gross_count, sum(sign) as net_count
    from ledger
    group by 1, 2, 3, 4, 5
),
hours as (
    select
        workspace_id, platform, activity_weekday, activity_hour,
        sum(gross_count) as gross_count, sum(net_count) as net_count,
        count(follower_id) filter (where net_count > 0) as active_count
    from direct
    group by 1, 2, 3, 4
    having sum(gross_count) > 0
),
stored as (
    select
        workspace_id, platform, activity_weekday, activity_hour,
        gross_interaction_count, interaction_count, active_count
    from core.hourly_totals
),
days as (
    select workspace_id, platform, local_time::date as activity_date, sum(sign) as net_count
    from ledger
    group by 1, 2, 3
    having sum(sign) > 0
),
stored_days as (
    select workspace_id, platform, activity_date, timed_interaction_count
    from core.daily_totals
    where timed_interaction_count > 0
)
select 'hours', hrs::text from (
    (table hours except table stored) union all (table stored except table hours)
) as hrs
union all
select 'followers', flw::text from (
    (
        select follower_id, activity_weekday, activity_hour, gross_count, net_count
        from direct
        where follower_id is not null and gross_count > 0
        except
        select
            follower_id, activity_weekday, activity_hour,
            gross_interaction_count, interaction_count
        from core.follower_hourly_totals
    )
    union all
    (
        select
            follower_id, activity_weekday, activity_hour,
            gross_interaction_count, interaction_count
        from core.follower_hourly_totals
        except
        select follower_id, activity_weekday, activity_hour, gross_count, net_count
        from direct
    )
) as flw
union all
select 'days', dys::text from (
    (table days except table stored_days) union all (table stored_days except table days)
) as dys
"""
NOT_COMPARED = {
    "activity_heatmap": HOURS,
    "participant_context": ("last_interactions", "participant_score"),
    "participant_profiles": (*TREND, "participant_score"),
    "engagement_alerts": ("negative_trend",),
}


class Warehouse:
    """A database in which all histories happen and every platform that may has a retention."""

    def __init__(self, target: Target, session: psycopg.Connection, count: int) -> None:
        self.session = session
        self.target = target
        self.builds = ModelBuilds(target)
        histories = [history(seed) for seed in range(count)]
        self.landed = [Landed(item) for item in histories]
        self.runs = max(load.run_seq for item in histories for load in item.loads)
        self.as_of = AS_OF
        self.builds.invoke(self.as_of, "seed")
        configure(session, histories)
        session.execute("delete from seeds.retention")
        session.cursor().executemany(
            "insert into seeds.retention values (%s, 90)",
            [
                (platform,)
                for platform in (*PLATFORMS, UNKNOWN_PLATFORM)
                if platform not in COMMUNITIES
            ],
        )
        for landed in self.landed:
            decide(session, landed.history)

    def build(self, **settings: object) -> None:
        """Bring every model up to date."""
        self.builds.build(self.as_of, **settings)

    def land(self, run_seq: int) -> None:
        """Land what a run takes up; what is purged is passed over."""
        gone = self.purged()
        for landed in self.landed:
            known = len(landed.deliveries)
            for load in landed.history.loads:
                if load.run_seq == run_seq:
                    land_load(self.session, landed, load)
            self.pass_over(landed, known, gone)

    def pass_over(self, landed: Landed, known: int, gone: set[uuid.UUID]) -> None:
        """Of the deliveries after the first `known`, only those of what is not purged count."""
        landed.deliveries[known:] = [
            delivery
            for delivery in landed.deliveries[known:]
            if delivery.record["record"] != "interaction"
            or interaction_id(landed, delivery.record) not in gone
        ]

    def purged(self) -> set[uuid.UUID]:
        """Return the interactions that purges have taken away."""
        return {key for (key,) in self.session.execute("table raw.purged_interactions")}

    def purge(self, *, is_dry: bool = False) -> list[Purged]:
        """Purge as of what the marts show."""
        purged, as_of = purge(self.session, is_dry=is_dry)
        assert as_of == self.as_of
        return purged

    def numbers(self) -> dict[str, object]:
        """Return every mart that is not of single interactions."""
        found: dict[str, object] = {
            mart: {workspace: compared(mart, rows) for workspace, rows in per.items()}
            for mart, per in read_marts(self.session).items()
            if mart not in SINGLE
        }
        with self.session.cursor(row_factory=dict_row) as cursor:
            found["unmapped"] = cursor.execute(
                "select * from marts.unmapped_interaction_types as unm order by unm::text"
            ).fetchall()
        return found

    def differences(self) -> list[str]:
        """Return where the marts differ from those of a warehouse that has purged nothing.

        Of single interactions those that have been purged must not be there.
        """
        found = read_marts(self.session)
        gone = self.purged()
        lines = differences(found, self.landed, project_seeds(), self.as_of)
        missing = [line for line in lines if line.split()[1] in SINGLE]
        assert len(missing) == len({line for line in missing if line.endswith(": missing")})
        assert {line.split("'")[1] for line in missing} <= {str(key) for key in gone}
        shown = {row["interaction_id"] for rows in single(found) for row in rows}
        assert not shown & gone
        return [line for line in lines if line not in missing and is_compared(line)]

    def wrong_hours(self) -> list[tuple[object, ...]]:
        """Return hours whose stored totals are not those of the interactions that are left."""
        return self.session.execute(HOURLY).fetchall()


def compared(mart: str, rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return rows without what depends on the order of single interactions."""
    left_out = NOT_COMPARED.get(mart, ())
    return [
        {column: value for column, value in row.items() if column not in left_out}
        for row in rows
        if row.get("alert_kind") not in left_out
    ]


def is_compared(line: str) -> bool:
    """Return whether a difference is in what is compared."""
    left_out = NOT_COMPARED.get(line.split()[1], ())
    return not any(f" {name}:" in line or f"'{name}'" in line for name in left_out)


def single(found: Marts) -> list[list[dict[str, object]]]:
    """Return the rows of single interactions, per mart and workspace."""
    return [rows for mart in SINGLE for rows in found[mart].values()]


def interaction_id(landed: Landed, record: object) -> uuid.UUID:
    """Return the key of a delivered interaction."""
    assert isinstance(record, dict)
    return key(landed.history.workspace.workspace_id, record["platform"], record["id"])

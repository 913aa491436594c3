"""Landing histories in a database, and reading its marts as the oracle words them."""

from __future__ import annotations

import csv
import io
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
from histories import History, Load
from oracle import (
    WEEKDAYS,
    Decision,
    Delivery,
    Row,
    Seeds,
    World,
    capabilities_from_rows,
    find_facts,
    known_deliveries,
    marts,
    version_order,
)
from oracle_alerts import engagement_alerts
from oracle_community import daily_highlights
from oracle_issues import issue_engagements, top_engaged_issues, user_issue_stats
from oracle_participants import Label, participant_marts, reason_of, some_flags, some_labels
from oracle_product import product_marts
from psycopg import sql
from psycopg.rows import dict_row

from loaders.documents import Document
from loaders.formats import Context
from loaders.landing import Source, land
from loaders.recognition import recognise

ROOT = Path(__file__).resolve().parents[2]
Marts = dict[str, dict[str, list[Row]]]  # mart, workspace, rows

RATES = {"best_percentile", "retention_rate", "coverage_rate", "engagement_rate"}
KEYS = {
    "followers": ["id"],
    "follower_engagement_scores": ["follower_id"],
    "follower_interactions": ["interaction_id"],
    "follower_activity_timeline": ["interaction_id"],
    "top_engaged_followers": ["rank"],
    "content_items": ["id"],
    "content_posts": ["post_id"],
    "content_tags": ["content_id", "tag_type", "tag_value"],
    "content_platform_rollup": ["content_id", "platform"],
    "content_cross_platform_summary": ["content_id"],
    "content_coverage": ["post_id", "interaction_type"],
    "follower_cohorts": ["cohort_week", "platform"],
    "follower_retention": ["cohort_week", "platform", "week_number"],
    "participant_profiles": ["id"],
    "participant_context": ["id"],
    "interaction_history": ["interaction_id"],
    "participant_profile_history": ["participant_id", "version_no"],
    "issue_engagements": ["follower_id", "issue_id"],
    "top_engaged_issues": ["follower_id", "issue_id"],
    "user_issue_stats": ["follower_id"],
    "daily_highlights": ["platform", "community_id", "activity_date"],
    "user_interaction": ["interaction_id"],
    "top_engaged_posts": ["rank"],
    "user_engagement": ["follower_id"],
    "post_view_duration": ["post_key"],
}
# marts that are empty where nobody decides or labels
SELDOM = {
    "engagement_alerts": ["follower_id", "alert_kind"],
    "participant_decisions": ["reason"],
    "sentiment_labels": ["interaction_id", "labeler", "labeler_version"],
}
_OF_SOME_ALERTS = ("value_before", "value_now", "since")  # compared where an alert has them
# what the oracle does not say: by our own clock, the same in all histories, a sentence or
# straight from a seed
UNSAID = {
    "engagement_alerts": set(_OF_SOME_ALERTS),
    "follower_interactions": {"key_quality", "time_precision"},
    "participant_decisions": {"decision_id", "decided_at", "decided_by", "notes"},
    "participant_profiles": {"created_at", "updated_at", "flagged_at", "metadata"},
    "sentiment_labels": {"labelled_at", "language", "sentiment_score"},
    "user_interaction": {"key_quality"},
}
MORE_MARTS = {
    "issue_engagements": issue_engagements,
    "top_engaged_issues": top_engaged_issues,
    "user_issue_stats": user_issue_stats,
    "daily_highlights": daily_highlights,
}


def seed_rows(name: str, project: Path = ROOT) -> list[dict[str, str]]:
    """The rows of one of the project's seeds."""
    with (project / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def project_seeds(project: Path = ROOT) -> Seeds:
    """The project's own configuration, as the oracle takes it."""
    tiers = seed_rows("engagement_tiers", project)
    return Seeds(
        weights={
            row["interaction_type"]: Decimal(row["weight"])
            for row in seed_rows("engagement_weights", project)
        },
        tiers=[
            (row["engagement_tier"], Decimal(row["minimum_score"]))
            for row in tiers
            if row["minimum_score"]
        ],
        capabilities=capabilities_from_rows(seed_rows("platform_capabilities", project)),
        counter_metrics={
            row["native_metric"]: row["interaction_type"]
            for row in seed_rows("counter_metrics", project)
        },
    )


@dataclass
class Landed:
    """What of one history has really landed so far, as the oracle takes it."""

    history: History
    deliveries: list[Delivery] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)

    def world(
        self, seeds: Seeds, as_of: datetime | None = None, known_at: datetime | None = None
    ) -> World:
        """Everything the marts should be a function of by now."""
        return World(
            workspace=self.history.workspace,
            deliveries=self.deliveries,
            seeds=seeds,
            as_of=as_of or self.history.as_of,
            known_at=known_at,
            decisions=decisions_of(self.history),
        )


def decisions_of(history: History) -> list[Decision]:
    """A history's own decisions, then some reviews."""
    actors = sorted(
        {
            (load.records[0]["platform"], actor_id)
            for load in history.loads
            for actor_id in [load.records[0].get("actor_id")]
            if actor_id is not None
        }
    )
    return [*history.decisions, *some_flags(history.seed, actors)]


def land_labels(session: psycopg.Connection, landed: Landed, run_seq: int) -> None:
    """Land labels of some texts that have been delivered, as a load of their own."""
    labels = some_labels(landed.history.seed, run_seq, landed.deliveries, landed.labels)
    if not labels:
        return
    workspace = landed.history.workspace.workspace_id
    row = session.execute(
        "insert into raw.loads (workspace_id, platform, format, source_name, content_sha256,"
        " n_in, n_landed, committed_at) values (%s, 'labels', 'labels', 'labels',"
        " sha256(%s::text::bytea), %s, %s, clock_timestamp()) returning load_id",
        (workspace, run_seq, len(labels), len(labels)),
    ).fetchone()
    assert row is not None
    with session.cursor() as cursor:
        cursor.executemany(
            "insert into raw.labels values"
            " (%s, %s, %s, %s, %s, md5(%s), %s, %s, 'en', 0.5, %s)",
            [
                (
                    row[0],
                    line_no,
                    workspace,
                    label.platform,
                    label.native_id,
                    label.text,
                    label.labeler,
                    label.version,
                    label.sentiment,
                )
                for line_no, label in enumerate(labels, 1)
            ],
        )
    landed.labels += labels


def land_records(
    session: psycopg.Connection,
    workspace: str,
    name: str,
    body: bytes,
    received_at: datetime,
) -> tuple[int, set[int]]:
    """Land one file of the exchange format; its load id and the lines that were rejected."""
    with Document.spool(io.BytesIO(body), name) as document:
        module, fmt = recognise(document, "generic")
        source = Source(workspace=workspace, platform=module.PLATFORM)
        done = land(session, document, fmt, source, Context())
    session.execute(
        "update raw.loads set received_at = %s where load_id = %s", (received_at, done.load_id)
    )
    rejected = session.execute(
        "select line_no from raw.rejects where load_id = %s", (done.load_id,)
    )
    return done.load_id, {line_no for (line_no,) in rejected}


def land_load(session: psycopg.Connection, landed: Landed, load: Load) -> int:
    """Land one load; what was rejected is not delivered. Returns its load id."""
    workspace = landed.history.workspace.workspace_id
    load_id, rejected = land_records(
        session,
        workspace,
        f"{workspace}-{load.load_no}.ndjson",
        load.ndjson(),
        load.received_at,
    )
    for line_no, record in enumerate(load.records, 1):
        if line_no not in rejected:
            landed.deliveries.append(
                Delivery(load.run_seq, load.load_no, line_no, load.received_at, record)
            )
    return load_id


def deliver_newest_again(session: psycopg.Connection, landed: Landed) -> None:
    """Deliver every interaction's newest version once more, as one later export."""
    newest: dict[tuple[str, str], Delivery] = {}
    for delivery in known_deliveries(landed.world(project_seeds()), "interaction"):
        place = (delivery.record["platform"], delivery.record["id"])
        if place not in newest or version_order(newest[place]) <= version_order(delivery):
            newest[place] = delivery
    last = max(landed.history.loads, key=lambda load: load.run_seq)
    load = Load(
        run_seq=last.run_seq + 1,
        load_no=max(item.load_no for item in landed.history.loads) + 1,
        received_at=max(item.received_at for item in landed.history.loads) + timedelta(days=1),
        records=tuple({**delivery.record, "again": True} for delivery in newest.values()),
    )
    land_load(session, landed, load)


def decide(session: psycopg.Connection, history: History) -> None:
    """Record a history's decisions in their order."""
    for decision in sorted(decisions_of(history), key=lambda item: item.order):
        session.execute(
            "insert into raw.decisions (workspace_id, platform, actor_id, decision, reason)"
            " values (%s, %s, %s, %s, %s)",
            (
                history.workspace.workspace_id,
                decision.platform,
                decision.actor_id,
                decision.kind,
                reason_of(decision),
            ),
        )


def configure(session: psycopg.Connection, histories: Iterable[History]) -> None:
    """Write the workspaces' zones and weeks where the seed stands."""
    for history in histories:
        workspace = history.workspace
        session.execute(
            "insert into seeds.workspaces (workspace_id, time_zone, first_weekday)"
            " values (%s, %s, %s)",
            (
                workspace.workspace_id,
                workspace.time_zone,
                WEEKDAYS.index(workspace.week_start) + 1,
            ),
        )
        for team in workspace.issue_teams:
            session.execute(
                "insert into seeds.issue_teams (workspace_id, team_key) values (%s, %s)",
                (workspace.workspace_id, team),
            )


def read_marts(session: psycopg.Connection, schema: str = "marts") -> Marts:
    """Mart name -> workspace -> rows."""
    found: Marts = {}
    with session.cursor(row_factory=dict_row) as cursor:
        for mart, keys in {**KEYS, **SELDOM}.items():
            rows: dict[str, list[Row]] = defaultdict(list)
            for row in cursor.execute(
                sql.SQL("select * from {}").format(sql.Identifier(schema, mart))
            ):
                rows[row["workspace_id"]].append(row)
            for of_workspace in rows.values():
                of_workspace.sort(key=lambda row: [str(row[key]) for key in keys])
            found[mart] = rows
    return found


def expected_marts(world: World, labels: Sequence[Label]) -> dict[str, list[Row]]:
    """Mart name -> its rows, as all oracles have them."""
    facts = find_facts(world)
    more = {name: mart(world, facts) for name, mart in MORE_MARTS.items()}
    alerts = {"engagement_alerts": engagement_alerts(world, facts, labels)}
    return (
        marts(world)
        | participant_marts(world, labels)
        | product_marts(world, facts)
        | more
        | alerts
    )


def differences(
    found: Marts,
    landed: Sequence[Landed],
    seeds: Seeds,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
) -> list[str]:
    """One line per cell in which the marts and the oracle disagree.

    `as_of`: an instant other than the histories' own. `known_at`: by when it was received.
    """
    lines = []
    for item in landed:
        workspace = item.history.workspace.workspace_id
        world = item.world(seeds, as_of, known_at)
        for mart, expected in expected_marts(world, item.labels).items():
            keys = KEYS.get(mart) or SELDOM[mart]
            ours = found[mart][workspace]
            lines += _compared(f"{workspace} {mart}", keys, ours, expected)
            if ours and expected:
                unsaid = ours[0].keys() - UNSAID.get(mart, set()) - set().union(*expected)
                lines += [f"{mart}: nobody compares {column}" for column in sorted(unsaid)]
    return lines


def _compared(
    name: str, keys: list[str], found: Sequence[Row], expected: Sequence[Row]
) -> list[str]:
    def by_key(rows: Sequence[Row]) -> dict[tuple[str, ...], Row]:
        return {tuple(str(row[key]) for key in keys): row for row in rows}

    ours, theirs = by_key(found), by_key(expected)
    lines = []
    if len(ours) != len(found):
        lines.append(f"{name}: {len(found)} rows but {len(ours)} keys")
    lines += [f"{name} {key}: missing" for key in sorted(theirs.keys() - ours.keys())]
    lines += [f"{name} {key}: unexpected" for key in sorted(ours.keys() - theirs.keys())]
    for key in sorted(ours.keys() & theirs.keys()):
        for column, value in theirs[key].items():
            if not _same(column, ours[key][column], value):
                lines.append(
                    f"{name} {key} {column}: {ours[key][column]!r}, the oracle says {value!r}"
                )
    return lines


def _same(column: str, found: object, expected: object) -> bool:
    if column.endswith("_points") and isinstance(found, Decimal):
        return isinstance(expected, Decimal) and abs(found - expected) <= Decimal("1e-9")
    if isinstance(found, Decimal) and isinstance(expected, Decimal) and column in RATES:
        return abs(found - expected) <= Decimal("0.000001")
    if isinstance(found, float) and isinstance(expected, float):
        return math.isclose(found, expected, rel_tol=1e-9)
    return found == expected

"""Landing of random histories: loads, labels, decisions and configuration, written to raw.

`Landed` keeps what has really landed of a history, so that the oracle can compute from it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psycopg
from oracle import (
    WEEKDAYS,
    Decision,
    Delivery,
    Seeds,
    World,
    deliveries_per_interaction,
    documented_at,
    newest_version,
)
from oracle.decisions import reason_of, some_flags
from oracle.labels import Label, some_labels
from random_histories import History, Load
from seed_reader import project_seeds

from loaders.landing import Source, land
from loaders.parsing.formats import Context
from loaders.reading.documents import Document
from loaders.registry import recognise


@dataclass
class Landed:
    """What of one history has really landed so far, as the oracle takes it."""

    history: History
    deliveries: list[Delivery] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)

    def world(
        self, seeds: Seeds, as_of: datetime | None = None, known_at: datetime | None = None
    ) -> World:
        """Return everything of which the marts should be a function by now."""
        return World(
            workspace=self.history.workspace,
            deliveries=self.deliveries,
            seeds=seeds,
            as_of=as_of or self.history.as_of,
            known_at=known_at,
            decisions=decisions_of(self.history),
            own_accounts=self.history.own_accounts,
        )


def decisions_of(history: History) -> list[Decision]:
    """Return a history's own decisions, then some reviews."""
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
    rows = session.execute(
        "select line_no from raw.rejects where load_id = %s", (done.load_id,)
    )
    rejected = {line_no for (line_no,) in rows}
    landed = [
        json.loads(line)
        for line_no, line in enumerate(body.splitlines(), 1)
        if line_no not in rejected
    ]
    receive(session, done.load_id, received_at, landed)
    return done.load_id, rejected


def receive(
    session: psycopg.Connection,
    load_id: int,
    received_at: datetime,
    records: Sequence[Mapping[str, Any]],
) -> None:
    """Let a load have been received at another time; its records prove no more than that."""
    session.execute(
        "update raw.loads set received_at = %s, documented_at = %s where load_id = %s",
        (received_at, documented_at(records, received_at), load_id),
    )


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
    known = {
        line_no: record
        for line_no, record in enumerate(load.records, 1)
        if line_no not in rejected
    }
    proven = documented_at(known.values(), load.received_at)
    landed.deliveries += [
        Delivery(load.run_seq, load.load_no, line_no, load.received_at, record, proven)
        for line_no, record in known.items()
    ]
    return load_id


def deliver_newest_again(session: psycopg.Connection, landed: Landed) -> None:
    """Deliver every interaction's newest version once more, as one later export.

    A counter of nothing that is counted proves how new it is.
    """
    groups = deliveries_per_interaction(landed.world(project_seeds())).values()
    last = max(landed.history.loads, key=lambda load: load.run_seq)
    received_at = max(item.received_at for item in landed.history.loads) + timedelta(days=1)
    proof = {
        "record": "counter",
        "platform": "tiktok",
        "post_id": "never described",
        "metric": "mystery_metric",
        "value": 0,
        "observed_at": received_at.isoformat(),
    }
    load = Load(
        run_seq=last.run_seq + 1,
        load_no=max(item.load_no for item in landed.history.loads) + 1,
        received_at=received_at,
        records=(
            *({**newest_version(group).record, "again": True} for group in groups),
            proof,
        ),
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
        for platform, actor_id in history.own_accounts:
            session.execute(
                "insert into seeds.own_accounts values (%s, %s, %s, 'of the history')",
                (workspace.workspace_id, platform, actor_id),
            )
        for team in workspace.issue_teams:
            session.execute(
                "insert into seeds.issue_teams (workspace_id, team_key) values (%s, %s)",
                (workspace.workspace_id, team),
            )

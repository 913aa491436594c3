"""What happens to a warehouse, one thing after the other; after each run the oracle is asked.

Shape:  `Chronicle` lands records of the exchange format in two workspaces, whose ids are the
        same, and runs dbt; whatever it does not say happens in order.
Units:  instants aware, UTC; each load is received some hours after the one before.
Errors: AssertionError with the cells that differ, and `BuildError`.

All that it knows of the database besides the marts is which run took up which load.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import oracle
import psycopg
from grounds import Grounds
from histories import AS_OF, HOUR, History, Record
from oracle import DAY, Delivery, Workspace
from psycopg import sql
from worlds import Landed, differences, land_records, project_seeds, read_marts, seed_rows

from loaders.landing import Load
from warehouse import rejects
from warehouse.loading import Declared

INSTANTS = (AS_OF, AS_OF + 10 * DAY)  # as of which runs are, in this order
ZONES = {"acme": "America/New_York", "bolt": "UTC"}
FIRST_LANDING = AS_OF - 50 * DAY
LOCAL_TIME = "Europe/Berlin"  # in which times without a zone were meant


@dataclass
class Landing:
    """A load: which records, by line, and the run that took it up."""

    load_id: int
    workspace: str
    received_at: datetime
    records: dict[int, Record]
    rejected: dict[int, Record] = field(default_factory=dict)  # not replayed yet
    body: bytes = b""  # of the file
    run_seq: int | None = None
    is_replay: bool = False


class Chronicle:
    """One warehouse, from its first load on."""

    def __init__(self, grounds: Grounds) -> None:
        self.grounds = grounds
        self.session = grounds.renew()
        self.as_of = INSTANTS[0]
        self.zones = dict(ZONES)
        self.landings: list[Landing] = []
        self.slow: tuple[psycopg.Connection, Landing] | None = None
        self.is_sound = True  # nothing was found wrong
        self._write_workspaces()

    def end(self) -> None:
        """Close what is open."""
        if self.slow is not None:
            self.slow[0].close()
        self.session.close()

    # -- loads --

    def load(self, workspace: str, *records: Record) -> Landing:
        """Land records as one file."""
        landing = self._land(self.session, workspace, records)
        self.landings.append(landing)
        return landing

    def load_slowly(self, workspace: str, *records: Record) -> None:
        """Land records, and leave the commit for later."""
        assert self.slow is None
        session = self.grounds.target.connect(autocommit=True)
        session.execute("begin")
        self.slow = (session, self._land(session, workspace, records))

    def commit(self) -> None:
        """Commit what was landed slowly."""
        assert self.slow is not None
        session, landing = self.slow
        session.execute("commit")
        session.close()
        self.landings.append(landing)
        self.slow = None

    def load_same_bytes(self, landing: Landing) -> None:
        """Deliver a file once more, byte for byte: nothing is landed."""
        again = land_records(
            self.session, landing.workspace, "again.ndjson", landing.body, landing.received_at
        )
        assert again[0] == landing.load_id

    def replay(self) -> None:
        """Try all rejects again, now that somebody says which local time was meant."""
        of_load = {landing.load_id: landing for landing in self.landings}
        declared = Declared(workspace="acme", timezone=LOCAL_TIME)
        for replayed in list(rejects.replay(self.session, None, declared)):
            self._take(of_load[replayed.load_id], replayed.load)
        assert list(rejects.replay(self.session, None, declared)) == []

    def _take(self, origin: Landing, load: Load | None) -> None:
        assert load is not None
        records = [origin.rejected[line_no] for line_no in sorted(origin.rejected)]
        assert (load.n_in, load.n_rejected) == (len(records), 0)
        received_at = self._next_landing()
        self.session.execute(
            "update raw.loads set received_at = %s where load_id = %s",
            (received_at, load.load_id),
        )
        dated = {line_no: in_local_time(record) for line_no, record in enumerate(records, 1)}
        self.landings.append(
            Landing(load.load_id, origin.workspace, received_at, dated, is_replay=True)
        )
        origin.rejected = {}

    def _land(
        self, session: psycopg.Connection, workspace: str, records: Sequence[Record]
    ) -> Landing:
        received_at = self._next_landing()
        # stamped, so that no two files have the same bytes
        lines = {
            line_no: {**record, "delivered": str(received_at)}
            for line_no, record in enumerate(records, 1)
        }
        body = _body(list(lines.values()))
        load_id, rejected = land_records(
            session, workspace, "delivery.ndjson", body, received_at
        )
        unreadable = {line_no for line_no, record in lines.items() if is_naive(record)}
        assert rejected == unreadable
        return Landing(
            load_id,
            workspace,
            received_at,
            {line_no: record for line_no, record in lines.items() if line_no not in rejected},
            {line_no: lines[line_no] for line_no in rejected},
            body,
        )

    def _next_landing(self) -> datetime:
        number = len(self.landings) + (self.slow is not None)
        return FIRST_LANDING + number * 7 * HOUR

    # -- configuration and time --

    def reweigh(self, interaction_type: str, weight: int) -> None:
        """Let a type weigh otherwise from the next run on."""
        rows = seed_rows("engagement_weights", self.grounds.project)
        for row in rows:
            if row["interaction_type"] == interaction_type:
                row["weight"] = str(weight)
        self.grounds.write_seed("engagement_weights", rows)

    def move(self, workspace: str, zone: str) -> None:
        """Let a workspace cut its days in another zone from the next run on."""
        self.zones[workspace] = zone
        self._write_workspaces()

    def _write_workspaces(self) -> None:
        self.grounds.write_seed(
            "workspaces",
            [
                {"workspace_id": workspace, "time_zone": zone, "first_weekday": "1"}
                for workspace, zone in {"default": "UTC", **self.zones}.items()
            ],
        )

    def pass_time(self) -> None:
        """Let the following runs be as of the later instant."""
        self.as_of = INSTANTS[1]

    # -- runs --

    def run(self, commit_at: int = 0) -> None:
        """Run; what was landed slowly is committed when so many nodes have begun."""
        waiting = self._waiting()
        has_slow = self.slow is not None

        def on_node(number: int) -> None:
            if number == commit_at + 1 and self.slow is not None:
                self.commit()

        self.is_sound = False
        self.grounds.build(self.as_of, on_node=on_node)
        assert not has_slow or self.slow is None, "the build was over before the commit"
        taken = self._taken_up()
        assert taken == waiting, f"taken up {taken}, but {waiting} waited"
        self._check()

    def kill(self, after: int) -> None:
        """Begin a run and kill it when it has sent so many statements."""
        waiting = self._waiting()
        self.grounds.killed_build(self.as_of, after)
        taken = self._taken_up()
        assert taken in ([], waiting), f"taken up {taken}, but {waiting} waited"

    def rebuild(self) -> None:
        """Run, then make everything anew: it is what it was."""
        self.run()
        if self._waiting():  # what was committed meanwhile
            self.run()
        before, stored_before = read_marts(self.session), self._stored()
        self.is_sound = False
        self.grounds.build(self.as_of, rebuild=True)
        assert self._taken_up() == []
        self._check()
        assert read_marts(self.session) == before, "a rebuild makes other marts"
        assert self._stored() == stored_before, "a rebuild stores more or fewer rows"

    def _stored(self) -> dict[str, tuple[int] | None]:
        """How many rows each stored relation has."""
        names = self.session.execute(
            "select relname from pg_class"
            " where relnamespace = 'core'::regnamespace and relkind = 'r' order by 1"
        ).fetchall()
        count = sql.SQL("select count(*) from {}")
        return {
            name: self.session.execute(count.format(sql.Identifier("core", name))).fetchone()
            for (name,) in names
        }

    def _waiting(self) -> list[int]:
        return sorted(item.load_id for item in self.landings if item.run_seq is None)

    def _taken_up(self) -> list[int]:
        """Which loads have been numbered since the last look, with one number, the highest."""
        numbers: dict[int, int] = dict(
            self.session.execute(
                "select load_id, run_seq from raw.loads where run_seq is not null"
            ).fetchall()
        )
        before = max((item.run_seq or 0 for item in self.landings), default=0)
        taken = []
        for landing in self.landings:
            if landing.run_seq is None and landing.load_id in numbers:
                landing.run_seq = numbers[landing.load_id]
                taken.append(landing)
            assert landing.run_seq == numbers.get(landing.load_id), "a number has changed"
        runs = {landing.run_seq for landing in taken}
        assert len(runs) <= 1, f"one run, and numbers {runs}"
        assert all(run_seq is not None and run_seq > before for run_seq in runs)
        return sorted(landing.load_id for landing in taken)

    # -- what the oracle says --

    def _check(self) -> None:
        lines = differences(read_marts(self.session), self._landed(), self._seeds())
        lines += self._conflict_differences()
        assert lines == [], "\n".join(lines[:20])
        self.is_sound = True

    def _seeds(self) -> oracle.Seeds:
        return project_seeds(self.grounds.project)

    def _landed(self) -> list[Landed]:
        """Everything that runs have taken up, per workspace."""
        return [
            Landed(
                History(
                    seed=0,
                    workspace=Workspace(workspace, zone),
                    as_of=self.as_of,
                    is_settled=False,
                    loads=(),
                    decisions=(),
                    traits=frozenset(),
                ),
                [
                    Delivery(
                        landing.run_seq, landing.load_id, line_no, landing.received_at, record
                    )
                    for landing in self.landings
                    if landing.workspace == workspace and landing.run_seq is not None
                    for line_no, record in sorted(landing.records.items())
                ],
            )
            for workspace, zone in self.zones.items()
        ]

    def _conflict_differences(self) -> list[str]:
        fields = {
            "actor_id": "is_follower_different",
            "post_id": "is_post_different",
            "occurred_at": "is_time_different",
        }
        expected = {
            (*conflict.order[1:], fields[conflict.field])
            for landed in self._landed()
            for conflict in oracle.conflicts(landed.world(self._seeds()))
        }
        found = {
            (load_id, line_no, name)
            for load_id, line_no, *flags in self.session.execute(
                "select load_id, line_no, is_follower_different, is_post_different,"
                " is_time_different from marts.conflicting_deliveries"
            )
            for name, flag in zip(fields.values(), flags, strict=True)
            if flag
        }
        return [f"conflicts: {found ^ expected}"] if found != expected else []


def did(native_id: str, occurred_at: datetime | None = AS_OF - DAY, **fields: Any) -> Record:
    """A comment of ann's on p1; what is said otherwise holds."""
    return {
        "record": "interaction",
        "platform": "tiktok",
        "id": native_id,
        "type": "comment",
        "actor_id": "ann",
        "post_id": "p1",
        "occurred_at": written(occurred_at),
        "text": f"said {native_id}",
        **fields,
    }


def written(moment: datetime | None) -> str | None:
    """A time as the exchange format has it."""
    return None if moment is None else moment.astimezone(UTC).isoformat()


def naive(record: Record) -> Record:
    """The same record with its time as a clock on the wall shows it; it is rejected."""
    moment = oracle.instant(record["occurred_at"])
    assert moment is not None
    local = moment.astimezone(ZoneInfo(LOCAL_TIME)).replace(tzinfo=None)
    return {**record, "occurred_at": local.isoformat()}


def is_naive(record: Mapping[str, Any]) -> bool:
    """Whether a record's time says no zone."""
    value = record.get("occurred_at")
    return value is not None and datetime.fromisoformat(value).tzinfo is None


def in_local_time(record: Record) -> Record:
    """A naive record as it was meant."""
    moment = datetime.fromisoformat(record["occurred_at"])
    meant = moment.replace(tzinfo=ZoneInfo(LOCAL_TIME))
    return {**record, "occurred_at": written(meant)}


def _body(records: Sequence[Record]) -> bytes:
    lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    return "".join(lines).encode()

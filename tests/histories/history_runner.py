"""Runner of a history: it lands records, runs dbt and compares the marts with the oracle.

Shape:  `HistoryRunner` lands records of the exchange format in two workspaces, which use the
        same ids, and runs dbt. Each method is one step; steps happen in the order of the calls.
Units:  instants are aware and in UTC; each load is received seven hours after the one before.
Errors: AssertionError with the cells that differ, and `BuildError`.

Besides the marts it reads from the database only which run took up which load.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import oracle
import psycopg
import pytest
from dbt_env import DbtEnv
from gate_loads import Here
from history_records import LOCAL_TIME, did, in_local_time, is_naive, naive, ndjson
from landed_history import Landed, land_records, receive
from mart_comparison import conflict_differences, differences
from mart_reader import read_marts
from oracle import DAY, Delivery, Workspace
from own_exports import Declaration, Export, land_export
from psycopg import sql
from random_histories import AS_OF, HOUR, History, Record
from seed_reader import project_seeds, seed_rows

from loaders.landing import Load
from warehouse import gate, rejects, runs, state
from warehouse.loading import Declared

INSTANTS = (AS_OF, AS_OF + 10 * DAY)  # as of which runs are, in this order
ZONES = {"acme": "America/New_York", "bolt": "UTC"}
FIRST_LANDING = AS_OF - 50 * DAY
LEDGER = "interaction_ledger"
FLOOD = 150  # unreadable records, of which the quality gate lets no run publish any
Hold = Literal["delivery", "seed"]  # what is wrong of a workspace


@dataclass
class Landing:
    """One load: its records by line, and the run that took it up."""

    load_id: int
    workspace: str
    received_at: datetime
    records: dict[int, Record]
    rejected: dict[int, Record] = field(default_factory=dict)  # not replayed yet
    body: bytes = b""  # of the file
    run_seq: int | None = None
    is_replay: bool = False
    export: tuple[Export, Declaration] | None = None  # which file, declared how


class HistoryRunner:
    """One warehouse, from its first load to its last comparison."""

    def __init__(self, dbt_env: DbtEnv) -> None:
        self.dbt_env = dbt_env
        self.session = dbt_env.renew()
        self.as_of = INSTANTS[0]
        self.zones = dict(ZONES)
        self.landings: list[Landing] = []
        self.slow: tuple[psycopg.Connection, Landing] | None = None
        self.is_sound = True  # nothing was found wrong
        self._write_workspaces()

    def end(self) -> None:
        """Close the sessions."""
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
        """Land records in a transaction that stays open until `commit`."""
        assert self.slow is None
        session = self.dbt_env.target.connect(autocommit=True)
        session.execute("begin")
        self.slow = (session, self._land(session, workspace, records))

    def commit(self) -> None:
        """Commit the load of `load_slowly`."""
        assert self.slow is not None
        session, landing = self.slow
        session.execute("commit")
        session.close()
        self.landings.append(landing)
        self.slow = None

    def load_same_bytes(self, landing: Landing) -> None:
        """Load a file again, byte for byte, and check that nothing lands."""
        again = land_records(
            self.session, landing.workspace, "again.ndjson", landing.body, landing.received_at
        )
        assert again[0] == landing.load_id

    def load_export(self, workspace: str, export: Export, declared: Declaration) -> None:
        """Load a file as declared.

        A declaration that adds nothing lands nothing. One that adds something replays the
        rejects.
        """
        others = [
            (landing, landing.export[1])
            for landing in self.landings
            if landing.workspace == workspace and landing.export and landing.export[0] == export
        ]
        same = [landing for landing, said in others if said.says_as_much_as(declared)]
        received_at = self._next_landing()
        body = export.body(LOCAL_TIME)
        done, rejected = land_export(self.session, workspace, body, declared)
        assert done.is_new == (not same)
        if same:
            assert done.load_id == same[-1].load_id
            return
        landed, unreadable = export.understood(declared, LOCAL_TIME)
        assert rejected == unreadable.keys()
        receive(self.session, done.load_id, received_at, list(landed.values()))
        for landing, said in others:
            if declared.says_as_much_as(said):
                landing.rejected = {}
        self.landings.append(
            Landing(
                *(done.load_id, workspace, received_at, landed, unreadable, body),
                export=(export, declared),
            )
        )

    def replay(self) -> None:
        """Replay all rejects with a declared time zone."""
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
        dated = {line_no: in_local_time(record) for line_no, record in enumerate(records, 1)}
        receive(self.session, load.load_id, received_at, list(dated.values()))
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
        body = ndjson(list(lines.values()))
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
        """Change the weight of a type from the next run on."""
        rows = seed_rows("engagement_weights", self.dbt_env.project)
        for row in rows:
            if row["interaction_type"] == interaction_type:
                row["weight"] = str(weight)
        self.dbt_env.write_seed("engagement_weights", rows)

    def retier(self, tier: str, minimum_score: int) -> None:
        """Change the threshold of a tier from the next run on."""
        rows = seed_rows("engagement_tiers", self.dbt_env.project)
        for row in rows:
            if row["engagement_tier"] == tier:
                row["minimum_score"] = str(minimum_score)
        self.dbt_env.write_seed("engagement_tiers", rows)

    def move(self, workspace: str, zone: str) -> None:
        """Change the time zone of a workspace from the next run on."""
        self.zones[workspace] = zone
        self._write_workspaces()

    def _write_workspaces(self, wrong: Mapping[str, str] | None = None) -> None:
        self.dbt_env.write_seed(
            "workspaces",
            [
                {"workspace_id": workspace, "time_zone": zone, "first_weekday": "1"}
                for workspace, zone in {"default": "UTC", **self.zones, **(wrong or {})}.items()
            ],
        )

    def pass_time(self) -> None:
        """Make the following runs as of the later instant."""
        self.as_of = INSTANTS[1]

    # -- runs --

    def run(self, commit_at: int = 0) -> None:
        """Run; commit the open load when `commit_at` nodes have begun."""
        waiting = self._waiting()
        has_slow = self.slow is not None

        def on_node(number: int) -> None:
            if number == commit_at + 1 and self.slow is not None:
                self.commit()

        self.is_sound = False
        self.dbt_env.build(self.as_of, on_node=on_node)
        assert not has_slow or self.slow is None, "the build was over before the commit"
        taken = self._taken_up()
        assert taken == waiting, f"taken up {taken}, but {waiting} waited"
        self._check()

    def hold(self, workspace: str, reason: Hold) -> None:
        """Run as the command does while one workspace is held; then mend what holds it.

        Its marts stay those of the loads that it had, its seeds too if they are the reason.
        What waits is for a later run.
        """
        self.is_sound = False
        zones = dict(self.zones)
        if reason == "seed":
            zones[workspace] = self._published_zone(workspace)
            self._write_workspaces({workspace: "Nowhere/Atall"})
        else:
            self.load(workspace, *[naive(did("unreadable"))] * FLOOD)
        waiting = [item for item in self.landings if item.run_seq is None]
        outcome = self._run_as_command()
        assert (outcome.is_successful, outcome.held) == (True, (workspace,)), outcome
        others = [item.load_id for item in waiting if item.workspace != workspace]
        assert len(others) < len(waiting), "nothing was held"
        assert self._taken_up() == sorted(others)
        self._check(zones)
        if reason == "seed":
            self._write_workspaces()

    def _run_as_command(self) -> runs.Outcome:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(state, "project_root", lambda: self.dbt_env.project)
            patch.setattr(gate, "Beside", Here)
            as_of = self.as_of.isoformat()
            return runs.run(self.dbt_env.target, self.session, as_of=as_of)

    def _published_zone(self, workspace: str) -> str:
        """Return the zone that a workspace keeps while its seeds are wrong."""
        query = "select time_zone from seeds.workspaces where workspace_id = %s"
        row = self.session.execute(query, (workspace,)).fetchone()
        return "UTC" if row is None else str(row[0])

    def kill(self, after: int) -> None:
        """Begin a run and kill it after it has sent `after` statements."""
        waiting = self._waiting()
        self.dbt_env.killed_build(self.as_of, after)
        taken = self._taken_up()
        assert taken in ([], waiting), f"taken up {taken}, but {waiting} waited"

    def rebuild(self) -> None:
        """Run, then rebuild, and check that marts and stored rows stay the same."""
        self.run()
        if self._waiting():  # what was committed meanwhile
            self.run()
        before, stored_before = read_marts(self.session), self._stored()
        self.is_sound = False
        self.dbt_env.build(self.as_of, rebuild=True)
        assert self._taken_up() == []
        self._check()
        assert read_marts(self.session) == before, "a rebuild makes other marts"
        assert self._stored() == stored_before, "a rebuild stores more or fewer rows"

    def _stored(self) -> dict[str, tuple[int] | None]:
        """Return the number of rows of each stored relation; of the ledger only the states.

        A rebuild knows everything from the start, so it posts no corrections.
        """
        names = self.session.execute(
            "select relname from pg_class"
            " where relnamespace = 'core'::regnamespace and relkind = 'r' order by 1"
        ).fetchall()
        return {
            name: self.session.execute(
                sql.SQL("select count(*) from {} {}").format(
                    sql.Identifier("core", name),
                    sql.SQL("where version_at is not null" if name == LEDGER else ""),
                )
            ).fetchone()
            for (name,) in names
        }

    def _waiting(self) -> list[int]:
        return sorted(item.load_id for item in self.landings if item.run_seq is None)

    def _taken_up(self) -> list[int]:
        """Return the loads numbered since the last call; they must share the highest number."""
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

    def _check(self, zones: Mapping[str, str] | None = None) -> None:
        landed = self._landed(zones or self.zones)
        lines = differences(read_marts(self.session), landed, self._seeds())
        lines += conflict_differences(self.session, landed, self._seeds())
        assert lines == [], "\n".join(lines[:20])
        self.is_sound = True

    def _seeds(self) -> oracle.Seeds:
        return project_seeds(self.dbt_env.project)

    def _landed(self, zones: Mapping[str, str]) -> list[Landed]:
        """Return everything that runs have taken up, per workspace."""
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
                        landing.run_seq,
                        landing.load_id,
                        line_no,
                        landing.received_at,
                        record,
                        oracle.documented_at(landing.records.values(), landing.received_at),
                    )
                    for landing in self.landings
                    if landing.workspace == workspace and landing.run_seq is not None
                    for line_no, record in sorted(landing.records.items())
                ],
            )
            for workspace, zone in zones.items()
        ]

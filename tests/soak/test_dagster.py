"""The assets of integrations/dagster, materialised by Dagster itself on a real warehouse.

Dagster is installed into an environment of its own, under `target`. The tests use its commands.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from command_line import Console
from copies import ROOT
from fake_services.service import TOKEN
from gate_loads import BAD, line
from own_environments import INTEGRATIONS, programs_of
from pulled import VARIABLE, Pulled, make

from warehouse import runs
from warehouse.connection import Target

MODULE = "warehouse_dagster.definitions"
PATIENCE = 240.0  # seconds for a minute of the clock, two jobs and the sensor between them
ENDS = "SUCCESS", "FAILURE"
BROKEN = """
create function core.break() returns trigger language plpgsql as $$
begin raise exception 'the disk is broken'; end $$;
create trigger broken before insert on core.daily_totals for each row
execute function core.break();
"""
TOLD = ROOT / "tests" / "support" / "dagster_told.py"


class Dagster(NamedTuple):
    """Dagster's programs, and the environment in which a user calls them."""

    programs: Path
    environment: dict[str, str]

    def __call__(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of Dagster."""
        return subprocess.run(
            [self.programs / program, *arguments],
            check=False,
            env=self.environment,
            cwd=INTEGRATIONS / "dagster",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )

    def materialize(self) -> subprocess.CompletedProcess[str]:
        """Materialise all assets."""
        return self("dagster", "asset", "materialize", "--select", "*", "-m", MODULE)

    def execute(self, job: str) -> subprocess.CompletedProcess[str]:
        """Execute a job."""
        return self("dagster", "job", "execute", "-m", MODULE, "-j", job)

    def start(self, *arguments: str, stderr: int) -> subprocess.Popen[str]:
        """Start a command of Dagster that goes on for a while."""
        heeding = "env", "--default-signal=INT"  # a background job ignores it
        return subprocess.Popen(
            [*heeding, self.programs / "dagster", *arguments],
            env=self.environment,
            cwd=INTEGRATIONS / "dagster",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            text=True,
        )

    def told(self) -> list[dict[str, Any]]:
        """Return what Dagster remembers of its runs, the last one first."""
        asked = self("python", str(TOLD))
        assert asked.returncode == 0, asked.stderr
        found: list[dict[str, Any]] = json.loads(asked.stdout)
        return found


@pytest.fixture(scope="module")
def pulled(warehouse: Console, session: psycopg.Connection) -> Iterator[Pulled]:
    """A fake Telegram, and the source `s` that follows it."""
    with make("telegram") as service:
        found = Pulled("telegram", service, warehouse, session)
        yield found
        found.file.unlink()


@pytest.fixture(scope="module")
def dagster(
    pulled: Pulled, target: Target, tmp_path_factory: pytest.TempPathFactory
) -> Dagster:
    """Dagster, as the README of the integration sets it up."""
    programs = programs_of("dagster")
    home = tmp_path_factory.mktemp("dagster")
    shutil.copy(INTEGRATIONS / "dagster" / "home" / "dagster.yaml", home)
    place = f"{target.host}:{target.port}/{target.dbname}"
    address = f"postgresql://{target.user}:{target.password}@{place}"
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(home),
        "DATABASE_URL": address,
        VARIABLE: TOKEN,
    }
    parsed = subprocess.run(
        [ROOT / ".venv" / "bin" / "warehouse", "dbt", "parse"],
        check=False,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert parsed.returncode == 0, parsed.stdout + parsed.stderr
    return Dagster(programs, environment)


def test_everything_is_pulled_and_built(
    dagster: Dagster, pulled: Pulled, session: psycopg.Connection
) -> None:
    keys = pulled.publish(3)
    done = dagster.materialize()
    assert done.returncode == 0, done.stderr[-3000:]
    assert pulled.has(*keys)
    counted = session.execute("select sum(interaction_count) from marts.daily_activity")
    assert counted.fetchone() == (3,)
    told = dagster.told()[0]
    assert told["status"] == "SUCCESS"
    assert told["checks"] == {"quality_gate": True}
    models = {path.stem for path in (ROOT / "models" / "marts").glob("*/*.sql")}
    made = {key.rpartition("/")[2] for key in told["made"] if key.startswith("marts/")}
    assert made == models
    assert told["made"]["pulls/s"]["records landed"] == 3
    assert told["made"]["landed"]["loads"] == 1


def test_the_clock_pulls_and_runs_though_a_source_failed(dagster: Dagster) -> None:
    before = len(dagster.told())
    changed = {VARIABLE: "revoked", "WAREHOUSE_CRON": "* * * * *"}
    refused = dagster._replace(environment={**dagster.environment, **changed})
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    with refused.start("dev", "-p", port, stderr=subprocess.DEVNULL) as developing:
        try:
            begun = refused("dagster", "schedule", "start", "clock", "-m", MODULE)
            assert begun.returncode == 0, begun.stderr
            ended: dict[str, dict[str, Any]] = {}
            deadline = time.monotonic() + PATIENCE
            while ended.keys() < {"pull", "run"}:
                assert time.monotonic() < deadline, ended
                time.sleep(5)
                told = refused.told()
                new = told[: len(told) - before]
                ended = {each["job"]: each for each in new if each["status"] in ENDS}
        finally:
            developing.send_signal(signal.SIGINT)
    assert ended["pull"]["status"] == "FAILURE"
    assert ended["pull"]["made"] == {}
    assert "token" in ended["pull"]["problem"]
    assert TOKEN not in str(ended)
    assert ended["run"]["status"] == "SUCCESS"


def test_a_held_workspace_is_an_error_of_the_run(
    dagster: Dagster, warehouse: Console, tmp_path: Path
) -> None:
    file = tmp_path / "bad.ndjson"
    file.write_bytes(BAD * 200)
    assert warehouse("load", file, "-w", "held").code == 4
    assert dagster.execute("run").returncode != 0
    told = dagster.told()[0]
    assert told["status"] == "FAILURE"
    assert told["checks"] == {"quality_gate": False}
    assert told["made"] == {}
    assert "held" in told["problem"]
    assert warehouse("run", "--accept").code in (0, 4)


def test_after_a_failure_what_was_built_counts(
    dagster: Dagster, warehouse: Console, session: psycopg.Connection, tmp_path: Path
) -> None:
    file = tmp_path / "good.ndjson"
    file.write_bytes(b"".join(map(line, range(20))))
    assert warehouse("load", file, "-w", "failing").code == 0
    session.execute(BROKEN)
    assert dagster.execute("run").returncode != 0
    session.execute("drop trigger broken on core.daily_totals")
    told = dagster.told()[0]
    assert told["status"] == "FAILURE"
    assert told["checks"] == {"quality_gate": True}
    assert told["problem"].startswith("daily_totals: ")
    assert {"core/interaction_ledger", "core/follower_totals"} < told["made"].keys()
    assert not {"core/daily_totals", "marts/daily_activity"} & told["made"].keys()
    assert dagster.execute("run").returncode == 0
    assert "marts/daily_activity" in dagster.told()[0]["made"]


def test_a_run_waits_for_another_one(dagster: Dagster, session: psycopg.Connection) -> None:
    job = "job", "execute", "-m", MODULE, "-j", "run"
    with runs.run_lock(session):
        waiting = dagster.start(*job, stderr=subprocess.PIPE)
        assert waiting.stderr is not None
        assert any("Another run is active" in said for said in waiting.stderr)
    _, said = waiting.communicate(timeout=300)
    assert waiting.returncode == 0, said[-3000:]

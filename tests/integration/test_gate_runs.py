"""The quality gate in commands: its pages, its sessions, and the runs that it holds."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from copies import ROOT
from gate_loads import BAD, Here, Landing, line

from warehouse import cli, data_docs, gate, run_log, runs, state
from warehouse.cli import shared
from warehouse.connection import Target
from warehouse.errors import WarehouseError
from warehouse.thresholds import Batch, of_platform

REMOTE = re.compile(r"(?:src|href|url|@import)\W{0,3}(?:https?:)?//", re.IGNORECASE)


@pytest.fixture
def landing(target: Target, session: psycopg.Connection) -> Iterator[Landing]:
    """A database in which nothing has landed."""
    yield Landing(target, session)
    for table in ("rejects", "interactions", "load_counts", "loads"):
        session.execute(
            psycopg.sql.SQL("delete from raw.{}").format(psycopg.sql.Identifier(table))
        )


def test_pages_need_no_network_and_hold_no_secret(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_docs, "KEPT", 2)
    landing.land_good(5, type="<script>alert(1)</script>")
    for _ in range(3):
        verdict = landing.check()
    root = state.home() / "data_docs"
    assert verdict.page == root / "index.html"
    assert "&lt;script&gt;alert(1)" in verdict.page.read_text("utf-8")
    pages = sorted(root.rglob("*.html"))
    assert len(pages) == 1 + 2
    index = verdict.page.read_text("utf-8")
    for link in re.findall(r'href="([^"]+)"', index):
        assert (root / link).is_file()
    for page in pages:
        text = page.read_text("utf-8")
        assert not REMOTE.search(text)
        assert not re.search(r"<(script|link|img|iframe)\b", text)
    newest = max(root.glob("*/generic.html")).read_text("utf-8")
    assert "Rejected records: below 50 % (critical; from 100 records on)." in newest
    assert "types without a mapping" in newest
    for file in root.rglob("*"):
        if file.is_file():
            assert landing.target.password.encode() not in file.read_bytes()


def test_great_expectations_leaves_no_session_and_no_secret(
    landing: Landing, state_folder: Path
) -> None:
    landing.land_good()
    landing.check()
    (sessions,) = landing.session.execute(
        "select count(*) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()"
    ).fetchone() or (None,)
    assert sessions == 0
    kept = {f"{landing.target.user}.password"}
    for file in state_folder.rglob("*"):
        if file.is_file() and file.name not in kept and "postgres" not in file.parts:
            assert landing.target.password.encode() not in file.read_bytes(), file


@pytest.fixture
def command(
    landing: Landing, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """The command line on the database of these tests; the gate asks in this process."""
    monkeypatch.setattr(gate, "Beside", Here)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(shared, "DATABASE", landing.target.dbname)
        monkeypatch.setattr("sys.argv", ["warehouse", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert isinstance(ended.value.code, int)
        return ended.value.code, *capsys.readouterr()

    return run


def test_a_held_workspace_waits_alone(
    landing: Landing, command: Callable[..., tuple[int, str, str]]
) -> None:
    """Nothing of it is published or numbered, and others go on, also with a decision alone.

    Once the whole is good enough, all of it is taken up, and counts as if it never had waited.
    """

    def shown() -> list[tuple[object, ...]]:
        return landing.session.execute(
            "select workspace_id, sum(interaction_count), sum(engagement_score)"
            " from marts.follower_engagement_scores group by 1 order by 1"
        ).fetchall()

    runs_begun = "select count(*) from raw.runs"
    began = landing.session.execute(runs_begun).fetchone()
    landing.workspace = "initech"
    landing.land(BAD * 150, line(1))
    code, _, problems = command("run")  # nobody else has anything
    assert code == 1
    failure, page, advice = problems.splitlines()
    assert failure == (
        "✗ initech, generic (exchange_ndjson): 99.3 % of 151 records were rejected;"
        " the limit is 50 %."
    )
    assert page.endswith("data_docs/index.html")
    assert "`warehouse run --accept`" in advice
    assert run_log.newest(landing.session, 1)[0].problems == [failure.removeprefix("✗ ")]
    assert landing.session.execute(runs_begun).fetchone() == began
    assert shown() == []

    landing.workspace = "globex"
    landing.land_good(300)
    code, output, problems = command("run")
    assert (code, "used 1 load" in output) == (4, True)
    assert "! initech, generic (exchange_ndjson): 99.3 % of 151 records" in problems
    assert "! Held back: initech. Each run checks" in problems
    (run,) = run_log.newest(landing.session, 1)
    assert (run.outcome, run.load_count, run.record_count) == ("succeeded", 1, 300)
    assert run.problems[0].startswith("initech, generic (exchange_ndjson): 99.3 % of 151")
    (of_globex,) = shown()
    assert of_globex[:2] == ("globex", 300)
    code, _, problems = command("run")
    assert (code, "Nothing was published" in problems) == (1, True)

    assert command("decide", "flag", "web", "u1", "-w", "globex")[0] == 0
    code, output, problems = command("run")
    assert (code, "used 0 loads" in output, "Held back: initech" in problems) == (4, True, True)
    waiting = "select workspace_id from raw.loads where run_seq is null"
    assert landing.session.execute(waiting).fetchall() == [("initech",)]
    decided = "select count(*) from raw.decisions where run_seq is null"
    assert landing.session.execute(decided).fetchone() == (0,)

    landing.workspace = "initech"
    landing.land_good(400)
    code, output, problems = command("run")
    assert (code, "used 2 loads" in output) == (4, True)
    assert "✗" not in problems
    assert "! initech, generic (exchange_ndjson): 27.2 % of 551 records" in problems
    landing.land(BAD * 200)
    code, output, problems = command("run", "--accept")
    assert (code, "used 1 load" in output) == (4, True)
    assert "! initech, generic (exchange_ndjson): 100 % of 200 records" in problems
    both = shown()
    assert [row[:2] for row in both] == [("globex", 300), ("initech", 401)]
    assert both[0] == of_globex
    assert command("rebuild")[0] == 0
    assert shown() == both


def test_what_commits_behind_the_gate_waits_for_the_next_run(landing: Landing) -> None:
    with landing.target.connect() as slow, slow.transaction():
        late = landing.land_good(session=slow)
        early = landing.land_good()
        assert late < early
        assert landing.check().problems == ()
    with (
        runs.run_lock(landing.session) as holder,
        landing.target.connect(
            autocommit=True, options=f"-c warehouse.lock_holder={holder}"
        ) as building,
    ):
        building.execute("select raw.begin_run('of the command')")
    waiting = "select load_id from raw.loads where run_seq is null"
    assert landing.session.execute(waiting).fetchall() == [(late,)]
    landing.session.execute("select raw.begin_run('of plain dbt')")
    assert landing.session.execute(waiting).fetchall() == []


def test_without_news_great_expectations_is_not_imported(target: Target) -> None:
    script = (
        "import sys\n"
        "from warehouse import cli, gate\n"
        "from warehouse.connection import resolve\n"
        f"target = resolve({target.dbname!r})\n"
        "with target.connect(autocommit=True) as session:\n"
        "    assert gate.check(target, session) is None\n"
        "assert 'great_expectations' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT)


def test_a_server_that_stops_while_it_is_asked_is_one_sentence(
    target: Target, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    from warehouse import expectations  # noqa: PLC0415 (two seconds in every process of tests)

    query = (
        "select 'acme' as workspace_id, 'lines' as format, 1.0 as reject_share,"
        " 900 as record_count, pg_terminate_backend(pg_backend_pid())"
    )
    thresholds = of_platform(ROOT / "seeds", "web")
    asked = [each for each in thresholds if each.measure == "reject_share"]
    batch = Batch("web", query, asked)
    with pytest.raises(WarehouseError, match="could not check") as caught:
        expectations.check(target, [batch], datetime(2026, 3, 1, tzinfo=UTC))
    assert "nothing was published" in caught.value.message
    assert "Traceback" not in capfd.readouterr().err + caplog.text

"""The landing gate: what it finds of loads, what it stops, and that its pages are offline."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from worlds import ROOT

from loaders.documents import Document
from loaders.formats import Context
from loaders.landing import Source, land
from loaders.recognition import recognise
from warehouse import cli, commands, data_docs, gate, runs, state
from warehouse.connection import Target
from warehouse.errors import WarehouseError
from warehouse.loading import Declared
from warehouse.rejects import replay
from warehouse.thresholds import FILE, MEASURES, of_platform

BAD = b'{"record":"interaction","platform":"web","id":"1"}\n'
HEADER = "platform,measure,severity,threshold,minimum_records\n"
NAIVE = "2026-03-01T10:00:00"
WORKSPACE = "acme"
REMOTE = re.compile(r"(?:src|href|url|@import)\W{0,3}(?:https?:)?//", re.IGNORECASE)


def line(number: int, **more: object) -> bytes:
    """One interaction of the exchange format."""
    record: dict[str, object] = {
        "record": "interaction",
        "platform": "web",
        "id": f"c{number}",
        "type": ("comment", "like")[number % 2],
        "actor_id": f"u{number % 97}",
        "occurred_at": "2026-03-01T10:00:00Z",
        "text": "words",
    }
    return json.dumps(record | more).encode() + b"\n"


class Landing:
    """Loads of one workspace, and what the gate says of them."""

    def __init__(self, target: Target, session: psycopg.Connection) -> None:
        self.target = target
        self.session = session
        self.number = 0

    def land(self, *lines: bytes, session: psycopg.Connection | None = None) -> int:
        """Land one file; returns its load id."""
        with Document.spool(io.BytesIO(b"".join(lines)), f"file {self.number}") as document:
            _, fmt = recognise(document, "generic")
            source = Source(workspace=WORKSPACE, platform="generic")
            return land(session or self.session, document, fmt, source, Context()).load_id

    def land_good(
        self, count: int = 200, session: psycopg.Connection | None = None, **more: object
    ) -> int:
        """Land a file of records that there have not been."""
        self.number += 1
        start = 1_000_000 * self.number
        lines = (line(start + number, **more) for number in range(count))
        return self.land(*lines, session=session)

    def land_history(self, loads: int = gate.FEWEST, count: int = 200) -> None:
        """Loads that a run has taken up."""
        for _ in range(loads):
            self.land_good(count)
        self.session.execute("update raw.loads set run_seq = 0")

    def check(self, **options: Path | str | bool) -> gate.Verdict:
        """What the gate says of what waits."""
        verdict = gate.check(self.target, self.session, **options)  # type: ignore[arg-type]
        assert verdict is not None
        return verdict

    def passed(self) -> list[int]:
        """Which loads the gate has let through."""
        rows = self.session.execute(
            "select load_id from raw.loads where run_seq is null and gated_at is not null"
            " order by load_id"
        )
        return [load_id for (load_id,) in rows]


@pytest.fixture
def landing(target: Target, session: psycopg.Connection) -> Iterator[Landing]:
    """A database in which nothing has landed."""
    yield Landing(target, session)
    for table in ("rejects", "interactions", "load_counts", "loads"):
        session.execute(
            psycopg.sql.SQL("delete from raw.{}").format(psycopg.sql.Identifier(table))
        )


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """A copy of the project's configuration."""
    return Path(shutil.copytree(ROOT / "seeds", tmp_path / "seeds"))


def said(verdict: gate.Verdict) -> list[tuple[bool, str]]:
    """Sentences, and whether they are critical."""
    return [(problem.is_critical, problem.message) for problem in verdict.problems]


def test_good_loads_pass(landing: Landing) -> None:
    first = landing.land_good()
    assert said(landing.check()) == []
    assert landing.passed() == [first]
    landing.land_history()
    second = landing.land_good()
    assert said(landing.check()) == []
    assert landing.passed() == [second]
    (counted,) = landing.session.execute(
        "select count(distinct load_id) from raw.load_counts"
    ).fetchone() or (None,)
    assert counted == gate.FEWEST + 2


def test_a_flood_of_rejects_is_critical_until_they_are_replayed(landing: Landing) -> None:
    lines = [line(number, occurred_at=NAIVE) for number in range(150)]
    load_id = landing.land(*lines, *(line(1000 + number) for number in range(50)))
    assert said(landing.check()) == [
        (True, "75 % of 200 records were rejected; the limit is 50 %.")
    ]
    assert landing.passed() == []
    assert list(replay(landing.session, None, Declared("", timezone="Europe/Berlin")))
    assert said(landing.check()) == []
    assert load_id in landing.passed()


def test_few_rejects_warn_and_very_few_say_nothing(landing: Landing) -> None:
    landing.land(*(line(number) for number in range(90)), BAD * 8)
    assert said(landing.check()) == [
        (False, "8.16 % of 98 records were rejected; the limit is 5 %.")
    ]
    landing.land_good(2000)
    assert said(landing.check()) == []
    landing.session.execute("update raw.loads set run_seq = 0")
    landing.land(line(1), BAD, BAD)
    assert said(landing.check()) == []


def test_an_accepted_load_goes_through(landing: Landing) -> None:
    load_id = landing.land(BAD * 200)
    assert landing.check().is_critical
    assert landing.passed() == []
    assert landing.check(accept=True).is_critical
    assert landing.passed() == [load_id]


def test_the_future(landing: Landing) -> None:
    landing.land_good(190)
    landing.land_good(10, occurred_at="2098-01-01T00:00:00Z")
    sentence = "% of 200 interactions are over a day later than their landing; the limit is"
    assert said(landing.check()) == [(False, f"5 {sentence} 1 %.")]
    assert said(landing.check(as_of="2098-01-01T00:00:00Z")) == []
    landing.session.execute("update raw.loads set received_at = '2020-01-01'")
    assert said(landing.check()) == [(True, f"100 {sentence} 50 %.")]


def test_unmapped_types_are_named(landing: Landing, seeds: Path) -> None:
    landing.land_good(1, type="boop", kind="<b>")
    landing.land_good(1, type="a: 100 %s")
    sentence = "types that are not in seeds/interaction_type_mappings.csv: "
    assert said(landing.check()) == [(False, sentence + "a: 100 %s, boop.")]
    with (seeds / "interaction_type_mappings.csv").open("a") as stream:
        stream.write("web,boop,<b>,reaction\n")
    assert said(landing.check(seeds=seeds)) == [(False, sentence + "a: 100 %s.")]


def test_drift_is_against_the_last_loads(landing: Landing) -> None:
    landing.land_history()
    landing.land_good(type="like")
    assert said(landing.check()) == [
        (
            False,
            "50 % of the interactions are of other types than in the last 5 loads;"
            " the limit is 30 %.",
        )
    ]


def test_volume_is_against_the_last_loads(landing: Landing) -> None:
    landing.land_history()
    few = landing.land_good(20)
    assert said(landing.check()) == [
        (
            False,
            "20 records per load are 10 times outside of the range of the last 5 loads,"
            " 200 to 200; the limit is 3 times.",
        )
    ]
    landing.land_good(700)  # on average all is well
    assert said(landing.check()) == []
    assert few in landing.passed()


def test_null_rates(landing: Landing) -> None:
    nobody: dict[str, Any] = {
        "actor_id": None,
        "actor_kind": "deleted",
        "occurred_at": None,
        "text": None,
    }
    landing.land_good(200, **nobody)
    absolute = [
        (False, "100 % of 200 interactions have no actor_id; the limit is 90 %."),
        (False, "100 % of 200 interactions have no occurred_at; the limit is 90 %."),
    ]
    assert said(landing.check()) == absolute
    landing.session.execute("delete from raw.loads")
    landing.land_history()
    landing.land_good(100, **nobody)
    landing.land_good(150)
    rose = "rose by 40 points against the last 5 loads; the limit is 20 points."
    assert said(landing.check()) == [
        (False, f"interactions without actor_id {rose}"),
        (False, f"interactions without occurred_at {rose}"),
        (False, f"interactions without text {rose}"),
    ]
    landing.session.execute("delete from raw.loads where n_in = 150")
    assert [is_critical for is_critical, _ in said(landing.check())].count(True) == 2


def test_retractions_are_no_null_rates(landing: Landing) -> None:
    landing.land_history()
    landing.land_good(200, retracted=True, text=None, occurred_at=None)
    assert said(landing.check()) == []


def test_too_few_loads_to_compare_with(landing: Landing) -> None:
    landing.land_history(gate.FEWEST - 1)
    landing.land_good(20, type="share")
    assert said(landing.check()) == []


def test_workspaces_and_formats_are_judged_by_themselves(landing: Landing) -> None:
    landing.land_good(2000)
    landing.session.execute("update raw.loads set workspace_id = 'other'")
    landing.land(BAD * 200)
    (problem,) = landing.check().problems
    assert problem.name == "acme, generic (exchange_ndjson)"
    assert problem.is_critical


def test_thresholds_are_those_of_the_file(landing: Landing, seeds: Path) -> None:
    landing.land(*(line(number) for number in range(90)), BAD * 10)
    file = seeds / FILE
    text = file.read_text()

    def verdict(more: str) -> list[bool]:
        file.write_text(text + more)
        return [is_critical for is_critical, _ in said(landing.check(seeds=seeds))]

    assert verdict("") == [False]
    assert verdict("generic,reject_share,warning,0.2,20\n") == []
    assert verdict("generic,reject_share,warning,,\n") == []
    assert verdict("youtube,reject_share,warning,,\n") == [False]
    assert verdict("generic,reject_share,critical,0.1,100\n") == [True]
    for nonsense in ("*,mood,warning,1,1\n", "*,reject_share,bad,1,1\n", "*,reject_share\n"):
        file.write_text(text + nonsense)
        with pytest.raises(WarehouseError, match=rf"{FILE}, line \d+: write platform"):
            of_platform(seeds, "generic")


def test_what_cannot_be_checked_does_not_pass(
    landing: Landing, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing.land_good()
    with monkeypatch.context() as patch:
        patch.setattr("warehouse.expectations.READ_ONLY", "-c nonsense=1")
        with pytest.raises(WarehouseError, match=r"could not check what landed .*nonsense"):
            landing.check()
    for module in ("thresholds", "expectations"):
        monkeypatch.setattr(f"warehouse.{module}.MEASURES", {"gone": MEASURES["reject_share"]})
    (seeds / FILE).write_text(HEADER + "*,gone,critical,0.5,1\n")
    with pytest.raises(WarehouseError, match=r"could not check generic .*gone"):
        landing.check(seeds=seeds)
    assert landing.passed() == []


# Pages --------------------------------------------------------------------------------------


def test_pages_need_no_network_and_hold_no_secret(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_docs, "KEPT", 3)
    landing.land_good(5, type="<script>alert(1)</script>")
    for _ in range(4):
        verdict = landing.check()
    root = state.home() / "data_docs"
    assert verdict.page == root / "index.html"
    assert "&lt;script&gt;alert(1)" in verdict.page.read_text("utf-8")
    pages = sorted(root.rglob("*.html"))
    assert len(pages) == 1 + 3
    index = verdict.page.read_text("utf-8")
    for link in re.findall(r'href="([^"]+)"', index):
        assert (root / link).is_file()
    for page in pages:
        text = page.read_text("utf-8")
        assert not REMOTE.search(text)
        assert not re.search(r"<(script|link|img|iframe)\b", text)
    newest = max(root.glob("*/generic.html")).read_text("utf-8")
    assert "Rejected records: below 50 % (critical; from 100 records on)." in newest
    assert "types that are not mapped" in newest
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


# Runs ---------------------------------------------------------------------------------------


@pytest.fixture
def command(
    landing: Landing, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """The command line on the database of these tests."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(commands, "DATABASE", landing.target.dbname)
        monkeypatch.setattr("sys.argv", ["warehouse", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert isinstance(ended.value.code, int)
        return ended.value.code, *capsys.readouterr()

    return run


def test_a_held_run_publishes_nothing(
    landing: Landing, command: Callable[..., tuple[int, str, str]]
) -> None:
    """Nor does it number anything; once the whole is good enough, all of it is taken up."""
    landing.land(BAD * 150, line(1))
    began = landing.session.execute("select count(*) from raw.runs").fetchone()
    code, _, problems = command("run")
    assert code == 1
    failure, page, advice = problems.splitlines()
    assert failure == (
        "✗ acme, generic (exchange_ndjson): 99.3 % of 151 records were rejected;"
        " the limit is 50 %."
    )
    assert page.endswith("data_docs/index.html")
    assert "`warehouse run --accept`" in advice
    assert landing.session.execute("select count(*) from raw.runs").fetchone() == began
    assert landing.session.execute("select to_regclass('marts.followers')").fetchone() == (
        None,
    )
    landing.land_good(400)
    code, output, problems = command("run")
    assert (code, "2 loads taken up" in output) == (4, True)
    assert "✗" not in problems
    assert "! acme, generic (exchange_ndjson): 27.2 % of 551 records" in problems
    landing.land(BAD * 200)
    code, output, problems = command("run", "--accept")
    assert (code, "1 load taken up" in output) == (4, True)
    assert "! acme, generic (exchange_ndjson): 100 % of 200 records" in problems


def test_what_commits_behind_the_gate_waits_for_the_next_run(landing: Landing) -> None:
    with landing.target.connect() as slow, slow.transaction():
        late = landing.land_good(session=slow)
        early = landing.land_good()
        assert late < early
        assert landing.check().problems == ()
    holder = f"-c warehouse.lock_holder={landing.session.info.backend_pid}"
    with (
        runs.run_lock(landing.session),
        landing.target.connect(autocommit=True, options=holder) as building,
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

"""Runs that build what has news: they miss nothing, and the whole project when in doubt."""

from __future__ import annotations

import itertools
import json
import os
import pickle
import shutil
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
import pytest
from command_line import GOOD, Console, ended, process
from copies import ROOT

from warehouse import news, project, runs, state
from warehouse.connection import Target
from warehouse.errors import REJECTED

GATE = b"warehouse.gate_process"
LIVES = 10  # seconds in which a process ends that nobody waits for
PROFILE = b'{"record":"profile","platform":"web","actor_id":"u","username":"uma"}\n'

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def run_once(warehouse: Console, tmp_path_factory: pytest.TempPathFactory) -> Console:
    """A warehouse whose last run was whole and knows one account."""
    file = tmp_path_factory.mktemp("landed") / "first.ndjson"
    file.write_bytes(GOOD.replace(b'"id":"1"', b'"id":"first"') + PROFILE)
    assert warehouse("load", file, "-w", "acme").code == 0
    assert warehouse("run").code == 0
    return warehouse


@pytest.fixture
def land(run_once: Console, tmp_path: Path) -> Callable[..., str]:
    """Lands one interaction that nobody has landed before, and other lines; its key."""

    def land_one(others: bytes = b"") -> str:
        key = f"new-{next(_numbers)}"
        file = tmp_path / f"{key}.ndjson"
        file.write_bytes(GOOD.replace(b'"id":"1"', f'"id":"{key}"'.encode()) + others)
        assert run_once("load", file, "-w", "acme").code == (REJECTED if others else 0)
        return key

    return land_one


def is_counted(session: psycopg.Connection) -> bool:
    """Whether the totals count as many interactions as have landed."""
    row = session.execute(
        "select (select count(distinct native_id) from raw.interactions),"
        " (select sum(interaction_count) from core.follower_totals)"
    ).fetchone()
    assert row is not None
    return bool(row[0] == row[1])


def are_level(session: psycopg.Connection) -> bool:
    """Whether every stored model has consumed the newest run."""
    return session.execute(
        "select distinct prg.run_seq = run.run_seq and prg.as_of = run.as_of"
        " from raw.model_progress as prg cross join (select run_seq, as_of from raw.runs"
        " order by run_seq desc limit 1) as run where prg.logic is not null"
    ).fetchall() == [(True,)]


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Lets something happen once, after a run has planned and before it builds."""
    plan = news.plan

    def arrange(happen: Callable[[], object]) -> None:
        def plan_then(*arguments: Any) -> news.Plan | None:
            found = plan(*arguments)
            monkeypatch.setattr(news, "plan", plan)
            assert found is not None
            happen()
            return found

        monkeypatch.setattr(news, "plan", plan_then)

    return arrange


def test_a_run_builds_less_than_everything(
    run_once: Console, land: Callable[[], str], target: Target, session: psycopg.Connection
) -> None:
    land()
    outcome = runs.run(target, session)
    assert outcome.is_successful
    stored = session.execute(
        "select count(*) from raw.model_progress where logic is not null"
    ).fetchall()[0][0]
    assert 0 < outcome.models < stored
    assert are_level(session)
    assert is_counted(session)
    assert run_once("rebuild").code == 0
    assert is_counted(session)


def test_a_decision_while_a_run_begins_waits(
    run_once: Console,
    land: Callable[[], str],
    between: Callable[[Callable[[], object]], None],
    session: psycopg.Connection,
) -> None:
    excluded = (
        "select username from core.excluded_accounts inner join core.current_profiles"
        " using (follower_id) where exclusion_reason is not null"
    )
    land()
    between(lambda: run_once("decide", "staff", "web", "uma", "-w", "acme"))
    assert run_once("run").code == 0
    assert session.execute(excluded).fetchall() == []
    assert are_level(session)
    assert run_once("run").code == 0
    assert session.execute(excluded).fetchall() == [("uma",)]
    assert are_level(session)
    assert run_once("decide", "not-staff", "web", "uma", "-w", "acme").code == 0
    assert run_once("run").code == 0
    assert session.execute(excluded).fetchall() == []
    assert is_counted(session)


def test_what_comes_due_while_a_run_begins_waits(
    run_once: Console,
    between: Callable[[Callable[[], object]], None],
    session: psycopg.Connection,
    tmp_path: Path,
) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=2 * LIVES)
    ahead = tmp_path / "ahead.ndjson"
    told = {"username": "una", "observed_at": soon.isoformat()}
    ahead.write_text(json.dumps(json.loads(PROFILE) | told) + "\n")
    assert run_once("load", ahead, "-w", "acme").code == 0
    assert run_once("run").code == 0
    names = "select username from core.current_profiles where platform_user_id = 'u'"
    assert session.execute(names).fetchall() == [("uma",)]
    assert run_once("decide", "vip", "web", "uma", "-w", "acme").code == 0
    between(lambda: time.sleep(max(0, (soon - datetime.now(UTC)).total_seconds()) + 0.5))
    assert run_once("run").code == 0
    assert session.execute(names).fetchall() == [("uma",)]
    assert run_once("run").code == 0
    assert session.execute(names).fetchall() == [("una",)]
    assert are_level(session)


def test_a_load_while_a_run_begins_waits(
    run_once: Console,
    land: Callable[[], str],
    between: Callable[[Callable[[], object]], None],
    session: psycopg.Connection,
) -> None:
    land()
    between(land)
    assert " used 1 load (" in run_once("run").out
    assert are_level(session)
    assert not is_counted(session)
    assert " used 1 load (" in run_once("run").out
    assert is_counted(session)


def test_a_dropped_relation_is_built_again(
    run_once: Console, land: Callable[[], str], session: psycopg.Connection
) -> None:
    land()
    session.execute("drop table core.follower_totals cascade")
    assert run_once("run").code == 0
    assert is_counted(session)
    assert run_once("query", "select count(*) from user_interaction").code == 0


# -- what dbt has parsed --


@pytest.fixture
def kept(run_once: Console, land: Callable[[], str], target: Target) -> Path:
    """The pickle that the next run reads."""
    land()
    assert run_once("run").code == 0
    templates = project.templates(target, project.fingerprint({}).project)
    return templates.with_suffix(".pickle")


class Trap:
    """What makes a file when it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[Any, ...]:
        """Make the file."""
        return Path.touch, (self.file,)


def _swap_with_link(path: Path) -> None:
    path.rename(path.with_suffix(".elsewhere"))
    path.symlink_to(path.with_suffix(".elsewhere"))


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda path: path.write_bytes(b""), id="empty", marks=pytest.mark.soak),
        pytest.param(
            lambda path: path.write_bytes(b"no pickle"), id="text", marks=pytest.mark.soak
        ),
        pytest.param(lambda path: os.truncate(path, path.stat().st_size // 2), id="truncated"),
        pytest.param(
            lambda path: path.write_bytes(pickle.dumps({})),
            id="other_object",
            marks=pytest.mark.soak,
        ),
        pytest.param(
            lambda path: path.write_bytes(pickle.dumps((path.name, {}))),
            id="no_manifest",
            marks=pytest.mark.soak,
        ),
        pytest.param(
            lambda path: path.write_bytes(
                pickle.dumps(("other.pickle", pickle.loads(path.read_bytes())[1]))
            ),
            id="other_project",
            marks=pytest.mark.soak,
        ),
        pytest.param(lambda path: path.chmod(0o640), id="readable", marks=pytest.mark.soak),
        pytest.param(_swap_with_link, id="link", marks=pytest.mark.soak),
        pytest.param(lambda path: path.unlink(), id="gone", marks=pytest.mark.soak),
    ],
)
def test_a_pickle_that_cannot_be_used_is_replaced(
    run_once: Console,
    land: Callable[[], str],
    kept: Path,
    session: psycopg.Connection,
    damage: Callable[[Path], object],
) -> None:
    damage(kept)
    land()
    assert run_once("run").code == 0
    assert is_counted(session)
    found = kept.lstat()
    assert found.st_mode & 0o177777 == 0o100600
    name, manifest = pickle.loads(kept.read_bytes())
    assert name == kept.name
    assert manifest.nodes


def _of_somebody_else(_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)


def _writable(path: Path, _: pytest.MonkeyPatch) -> None:
    path.chmod(0o622)


@pytest.mark.parametrize(
    "give", [_of_somebody_else, pytest.param(_writable, marks=pytest.mark.soak)]
)
def test_a_pickle_that_others_may_have_written_is_not_read(
    target: Target,
    kept: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    give: Callable[[Path, pytest.MonkeyPatch], None],
) -> None:
    sprung = tmp_path / "sprung"
    kept.write_bytes(pickle.dumps(Trap(sprung)))
    pickle.loads(kept.read_bytes())
    assert sprung.exists()
    sprung.unlink()
    give(kept, monkeypatch)
    assert project.manifest(target, {}, project.fingerprint({}).project).nodes
    assert not sprung.exists()


# -- what makes a run whole --


@pytest.fixture
def copied_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files that a build depends on, to be changed."""
    root = tmp_path / "project"
    for name in project.FILES:
        copy = root / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, copy)
    monkeypatch.setattr(state, "project_root", lambda: root)
    return root


@pytest.mark.parametrize(
    "pattern", ["models/**/*.sql", "models/**/*.yml", "macros/**/*.sql", "seeds/*.csv"]
)
def test_changed_files_make_a_run_whole(
    session: psycopg.Connection, copied_files: Path, run_once: Console, pattern: str
) -> None:
    before = project.fingerprint({})
    assert run_once
    assert news.last_whole_run(session, before) is not None
    file = min(copied_files.glob(pattern))
    file.write_bytes(file.read_bytes() + b"\n")
    assert news.last_whole_run(session, project.fingerprint({})) is None


@pytest.mark.parametrize("package", project.DBT)
def test_another_version_of_dbt_makes_a_run_whole(
    session: psycopg.Connection,
    run_once: Console,
    monkeypatch: pytest.MonkeyPatch,
    package: str,
) -> None:
    assert run_once
    assert news.last_whole_run(session, project.fingerprint({})) is not None
    monkeypatch.setattr(
        project, "version", lambda name: "0" if name == package else version(name)
    )
    assert news.last_whole_run(session, project.fingerprint({})) is None


def test_other_variables_make_a_run_whole(
    session: psycopg.Connection, run_once: Console
) -> None:
    assert run_once
    found = project.fingerprint({"known_at": "2026-03-01T00:00:00Z"})
    assert news.last_whole_run(session, found) is None
    last = news.last_whole_run(session, project.fingerprint({"as_of": "2026-03-01T00:00:00Z"}))
    assert last is not None
    assert not last.is_shown


# -- the gate's own process --


def _gate_of(parent: int) -> int | None:
    """The process of the gate that a process has started, if it runs."""
    with suppress(FileNotFoundError, ProcessLookupError):  # ended meanwhile
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        for child in children:
            if GATE in Path(f"/proc/{child}/cmdline").read_bytes():
                return int(child)
    return None


def _await(condition: Callable[[], Any]) -> Any:
    ends = time.monotonic() + 6 * LIVES
    while not (found := condition()):
        assert time.monotonic() < ends
        time.sleep(0.02)
    return found


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_run_that_is_killed_while_the_gate_works(
    run_once: Console, land: Callable[..., str], target: Target, session: psycopg.Connection
) -> None:
    land(b"no record\n")
    run = process(target, "run")
    gate = _await(lambda: _gate_of(run.pid))
    run.kill()
    run.communicate()
    _await(lambda: not _is_alive(gate))
    _await(lambda: run_once("run").code == REJECTED)  # the server gives the run lock up
    assert is_counted(session)


def test_a_gate_that_is_killed_publishes_nothing(
    run_once: Console, land: Callable[..., str], target: Target, session: psycopg.Connection
) -> None:
    land(b"no record\n")
    run = process(target, "run")
    os.kill(_await(lambda: _gate_of(run.pid)), signal.SIGKILL)
    said = ended(target, run)
    assert said.code == 1
    assert "The quality gate's process ended before it had checked" in said.err
    assert not is_counted(session)
    assert run_once("run").code == REJECTED
    assert is_counted(session)

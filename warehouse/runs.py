"""Runs: look at committed loads, take them up, build, say what came of it.

Source: raw.loads and the dbt project.
Shape:  one `Outcome` per run.
Units:  seconds; counts of records, ledger entries and models.
Errors: WarehouseError with exit code 3 where another run is active; a failed build is an
        outcome, so that it can be reported whole.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from warehouse import database, gate, state, upgrades
from warehouse.connection import Target
from warehouse.errors import BUSY, FAILED, WarehouseError
from warehouse.transform import Dbt, variables

PROJECT_FILES = ("dbt_project.yml", "models", "macros", "seeds", "functions", "tests/dbt")
AHEAD = (  # what waits for its time: relation, its time, when it was received
    ("interaction_ledger", "effective_at", "recorded_at"),
    ("profile_history", "observed_at", "received_at"),
    ("counter_history", "observed_at", "received_at"),
)
BAD = ("error", "fail", "partial success", "runtime error")
_HEADING = re.compile(r"\A\s*\w+ Error( in [^\n]*)?\n")  # names the node, as we do
_ASIDES = ("compiled code at", "LINE ", "^", "> ")


@dataclass(frozen=True)
class Failure:
    """One thing that dbt could not do, in its own words."""

    name: str
    message: str


@dataclass(frozen=True)
class Outcome:
    """What a run did. `run_seq` is null where there was nothing to do or nothing was begun.

    Counts are of everything since the last whole run that said so: what died in between is
    finished by this one. `changes`: what an upgrade of the project did, a sentence per
    relation. `is_held`: the landing gate let nothing through. `landing_checks`: the page that
    shows what the gate found, where it found anything. `marts`: the schema that was built
    beside the published one, which takes no load up; `waiting_count`: loads that wait for a
    run and are not in it.
    """

    is_successful: bool
    seconds: float
    run_seq: int | None = None
    load_count: int = 0
    record_count: int = 0
    rejected_count: int = 0
    posted: int = 0
    reversed: int = 0
    models: int = 0
    checks: int = 0
    changes: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    warnings: tuple[Failure, ...] = field(default=())
    is_held: bool = False
    landing_checks: Path | None = None
    marts: str | None = None
    waiting_count: int = 0


def run(
    target: Target,
    session: psycopg.Connection,
    *,
    rebuild: bool = False,
    accept: bool = False,
    as_of: str | None = None,
    known_at: str | None = None,
    schema: str | None = None,
    on_step: Callable[[str, int, int], None] | None = None,
) -> Outcome:
    """Bring every model up to date with what has landed.

    With `rebuild`, make all stored rows anew from all of raw, in place. With `accept`,
    publish whatever the landing gate finds. With `schema`, build schemas of that name beside
    the published ones, of what runs have taken up so far; with `known_at`, of what had been
    received by then. `on_step` is told the model that
    has just been finished, its number and how many there are.
    """
    began = time.monotonic()
    told = {"as_of": as_of, "known_at": known_at}
    settings: dict[str, object] = {name: at for name, at in told.items() if at is not None}
    if schema is not None:
        return _run_beside(target, session, schema, settings, on_step)
    fingerprint = project_fingerprint(settings)
    with run_lock(session):
        if not rebuild and is_up_to_date(session, fingerprint):
            return Outcome(is_successful=True, seconds=time.monotonic() - began)
        verdict = gate.check(target, session, accept=accept, as_of=as_of)
        if verdict is not None and verdict.is_critical and not accept:
            return _judged(Outcome(False, time.monotonic() - began, is_held=True), verdict)
        if rebuild:
            settings = {**settings, "rebuild": True}
        result = _build(target, session, settings, on_step, is_whole=rebuild)
        outcome = _outcome(session, result, time.monotonic() - began)
        if outcome.is_successful:
            _remember(session, fingerprint, outcome.run_seq)
    return _judged(outcome, verdict)


def _run_beside(
    target: Target,
    session: psycopg.Connection,
    schema: str,
    settings: dict[str, object],
    on_step: Callable[[str, int, int], None] | None,
) -> Outcome:
    """Build in schemas of their own; the published ones and what waits stay as they are."""
    began = time.monotonic()
    with run_lock(session):
        marts = database.marts_of(schema)
        with session.transaction():
            database.admit_analyst(session, marts)
        settings = {**settings, "schema_prefix": f"{schema}_"}
        result = _build(target, session, settings, on_step)
        outcome = _outcome(session, result, time.monotonic() - began)
        (waiting,) = _one(session, "select count(*) from raw.loads where run_seq is null", ())
    return replace(outcome, marts=marts, waiting_count=waiting)


def _build(
    target: Target,
    session: psycopg.Connection,
    settings: dict[str, object],
    on_step: Callable[[str, int, int], None] | None,
    *,
    is_whole: bool = False,
) -> Any:
    """dbt's result of building everything, under the run lock of `session`.

    Where rows are not made anew, the checks that read whole marts are left out: they cost
    what is stored, not what is new.
    """
    holder = f"-c warehouse.lock_holder={session.info.backend_pid}"
    building = replace(target, options=" ".join(filter(None, [target.options, holder])))
    left_out = [] if is_whole else ["--exclude", "tag:whole_marts"]
    return Dbt(building, on_event=_steps(on_step)).invoke(
        ["build", "--exclude-resource-types", "unit_test", *left_out, *variables(settings)]
    )


@contextmanager
def run_lock(session: psycopg.Connection) -> Iterator[None]:
    """Hold the run lock; it goes with the connection, however this process ends."""
    row = session.execute("select pg_try_advisory_lock(raw.run_lock_key())").fetchone()
    if row is None or not row[0]:
        raise WarehouseError("Another run is active; wait until it has finished.", BUSY)
    try:
        yield
    finally:
        if not session.closed:
            session.execute("select pg_advisory_unlock(raw.run_lock_key())")


def is_up_to_date(session: psycopg.Connection, fingerprint: str) -> bool:
    """Whether the last run was whole, of this very project, and nothing came, was decided,
    became due or went since."""
    row = session.execute(
        "select run.is_successful and run.project_fingerprint is not distinct from %s"
        " and not exists (select 1 from raw.loads where run_seq is null)"
        " and not exists (select 1 from raw.decisions where run_seq is null)"
        " and not exists (select 1 from raw.model_progress where schema_name = any(%s) and"
        " to_regclass(quote_ident(schema_name) || '.' || quote_ident(model_name)) is null)"
        " from raw.runs as run where run.schema_prefix = '' order by run.run_seq desc limit 1",
        (fingerprint, list(database.PUBLISHED)),
    ).fetchone()
    return bool(row and row[0]) and not _is_something_due(session)


def _is_something_due(session: psycopg.Connection) -> bool:
    """Whether something that was ahead of the clock in the last run has come since."""
    for relation, instant, received_at in AHEAD:
        row = session.execute(
            sql.SQL(
                "select exists (select 1 from {relation} where {instant} > {received_at}"
                " and {instant} > run.as_of and {instant} <= clock_timestamp())"
                " from raw.runs as run"
                " where run.schema_prefix = '' and run.as_of >= run.started_at"
                " order by run.run_seq desc limit 1"
            ).format(
                relation=sql.Identifier("core", relation),
                instant=sql.Identifier(instant),
                received_at=sql.Identifier(received_at),
            )
        ).fetchone()
        if row and row[0]:
            return True
    return False


def _remember(session: psycopg.Connection, fingerprint: str, run_seq: int | None) -> None:
    """The run was whole; what is missing even so is no longer a part of the project."""
    with session.transaction():
        session.execute(
            "delete from raw.model_progress where"
            " to_regclass(quote_ident(schema_name) || '.' || quote_ident(model_name)) is null"
        )
        session.execute(
            "update raw.runs set project_fingerprint = %s where run_seq = %s",
            (fingerprint, run_seq),
        )


def project_fingerprint(settings: dict[str, object]) -> str:
    """What the marts depend on besides the data: the project's files and the variables."""
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    root = state.project_root()
    for name in PROJECT_FILES:
        path = root / name
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file() and not file.name.startswith("."):
                digest.update(str(file.relative_to(root)).encode() + b"\0")
                digest.update(file.read_bytes() + b"\0")
    return digest.hexdigest()


def _steps(on_step: Callable[[str, int, int], None] | None) -> Callable[[Any], None] | None:
    """dbt's events as steps: only a finished node says its number and how many there are."""
    if on_step is None:
        return None

    def listen(event: Any) -> None:
        data = event.data
        if event.info.name.startswith("Log") and getattr(data, "total", 0):
            on_step(data.node_info.node_name, data.index, data.total)

    return listen


def _judged(outcome: Outcome, verdict: gate.Verdict | None) -> Outcome:
    """An outcome with what the landing gate found: failures only where they held the run."""
    if verdict is None or not verdict.problems:
        return outcome
    held: list[Failure] = []
    shown: list[Failure] = []
    for problem in verdict.problems:
        is_failure = problem.is_critical and outcome.is_held
        (held if is_failure else shown).append(Failure(problem.name, problem.message))
    return replace(
        outcome,
        failures=(*held, *outcome.failures),
        warnings=(*shown, *outcome.warnings),
        landing_checks=verdict.page,
    )


def _outcome(session: psycopg.Connection, result: Any, seconds: float) -> Outcome:
    """dbt's result and what the database says of the run."""
    if isinstance(result.exception, KeyboardInterrupt):
        raise KeyboardInterrupt
    if result.result is None or not hasattr(result.result, "results"):
        reason = str(result.exception or "dbt ended without saying why")
        said = _one_line(_HEADING.sub("", reason))
        return Outcome(is_successful=False, seconds=seconds, failures=(Failure("dbt", said),))
    nodes = result.result.results
    run_seq, finished_before = _numbers(session)
    return Outcome(
        is_successful=bool(result.success),
        seconds=seconds,
        run_seq=run_seq,
        **_taken_up(session, finished_before, run_seq),
        **_entries(session, finished_before, run_seq),
        models=_count(nodes, ("model", "seed", "function")),
        checks=_count(nodes, ("test",)),
        changes=tuple(upgrades.changes(session, finished_before, run_seq)),
        failures=tuple(_said(nodes, BAD)),
        warnings=(
            *_said(nodes, ("warn",)),
            *(Failure(name, message) for name, message in upgrades.waiting(session)),
        ),
    )


def _numbers(session: psycopg.Connection) -> tuple[int, int]:
    """This run, and the last whole one before it (0 where there is none); for one that built
    beside the published schemas itself: it has taken nothing up."""
    this, before = _one(
        session,
        "select max(run_seq), case"
        " when (array_agg(schema_prefix order by run_seq desc))[1] <> '' then max(run_seq)"
        " else coalesce(max(run_seq) filter (where project_fingerprint is not null), 0)"
        " end from raw.runs",
        (),
    )
    if this is None:
        raise WarehouseError("dbt began no run; see `warehouse dbt build`.", FAILED)
    return this, before


def _taken_up(session: psycopg.Connection, after: int, run_seq: int) -> dict[str, Any]:
    loads, records, rejected = _one(
        session,
        "select count(*), coalesce(sum(n_in), 0)::bigint, coalesce(sum(n_rejected), 0)::bigint"
        " from raw.loads where run_seq > %s and run_seq <= %s",
        (after, run_seq),
    )
    return {"load_count": loads, "record_count": records, "rejected_count": rejected}


def _entries(session: psycopg.Connection, after: int, run_seq: int) -> dict[str, Any]:
    if _one(session, "select to_regclass('core.interaction_ledger')", ())[0] is None:
        return {}
    posted, reversed_ = _one(
        session,
        "select count(*) filter (where gross_sign > 0), count(*) filter (where gross_sign < 0)"
        " from core.interaction_ledger where run_seq > %s and run_seq <= %s",
        (after, run_seq),
    )
    return {"posted": posted, "reversed": reversed_}


def _one(
    session: psycopg.Connection, statement: LiteralString, values: tuple[Any, ...]
) -> tuple[Any, ...]:
    row = session.execute(statement, values).fetchone()
    assert row is not None
    return tuple(row)


def _count(nodes: Sequence[Any], kinds: tuple[str, ...]) -> int:
    done = ("success", "pass", "no-op")
    return sum(str(node.status) in done and node.node.resource_type in kinds for node in nodes)


def _said(nodes: Sequence[Any], statuses: tuple[str, ...]) -> Iterator[Failure]:
    for node in nodes:
        if str(node.status) in statuses:
            name = getattr(node.node, "name", None) or str(node.node)
            if node.node.resource_type == "test" and node.failures:
                rows = "a row" if node.failures == 1 else f"{node.failures:,} rows"
                message = f"found {rows} that should not be; `warehouse dbt show -s {name}`."
            else:
                message = _one_line(_HEADING.sub("", node.message or "failed"))
            yield Failure(name, message)


def _one_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    wanted = [line for line in lines if not line.startswith(_ASIDES)]
    return " ".join(wanted)[:500]

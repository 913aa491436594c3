"""Runs: look at committed loads, take them up, build, say what came of it.

Source: raw.loads and the dbt project.
Shape:  one `Outcome` per run.
Units:  seconds; counts of records, ledger entries and models.
Errors: WarehouseError with exit code 3 where another run is active; a failed build is an
        outcome, so that it can be reported whole.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from warehouse import (
    database,
    gate,
    locks,
    news,
    project,
    results,
    run_log,
    schemas,
    score_changes,
    seeds,
    traces,
    unshown,
    upgrades,
)
from warehouse.building import Builder
from warehouse.connection import Target
from warehouse.errors import FAILED, WarehouseError
from warehouse.privacy import erased
from warehouse.results import Failure
from warehouse.score_changes import ScoreChanges


@dataclass(frozen=True)
class Outcome:
    """What a run did. `run_seq` is null where there was nothing to do or nothing was begun.

    Counts are of everything since the last whole run that said so: what died in between is
    finished by this one. `changes`: what an upgrade of the project did, a sentence per
    relation. `held`: workspaces whose loads the landing gate keeps back; `is_held`: nothing was
    published because of that. `landing_checks`: the page that
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
    held: tuple[str, ...] = ()
    is_held: bool = False
    landing_checks: Path | None = None
    marts: str | None = None
    waiting_count: int = 0
    unshown: tuple[str, ...] = ()  # a sentence per kind of what landed and no mart shows
    scores: ScoreChanges | None = None  # null for builds beside and where it is unknown


def run(
    target: Target,
    session: psycopg.Connection,
    *,
    rebuild: bool = False,
    accept: bool = False,
    takes_loads: bool = True,
    is_after_erasure: bool = False,
    as_of: str | None = None,
    known_at: str | None = None,
    schema: str | None = None,
    on_begin: Callable[[], None] | None = None,
    on_step: Callable[[str, int, int], None] | None = None,
) -> Outcome:
    """Bring every model up to date with what has landed.

    With `rebuild`, replace all stored rows from all of raw, in place. With `accept`,
    publish whatever the landing gate finds. Without `takes_loads`, leave loads to the next run
    and do not ask the gate. `is_after_erasure`: the run is the end of an erasure; any other is
    refused until then. With `schema`, build schemas of that name beside
    the published ones, of what runs have taken up so far; with `known_at`, of what had been
    received by then. `on_begin` is called once there is something to do. `on_step` is told the
    model that has just been finished, its number and how many there are.
    """
    began = time.monotonic()
    if not is_after_erasure:
        erased.check(session)
    told = {"as_of": as_of, "known_at": known_at}
    settings: dict[str, object] = {name: at for name, at in told.items() if at is not None}
    if schema is not None:
        return _run_beside(target, session, schema, settings, on_step)
    fingerprint = project.fingerprint(settings)
    with run_lock(session) as holder, traces.span("run", is_rebuild=rebuild) as told_of_run:
        last = None if rebuild else news.last_whole_run(session, fingerprint)
        if last is not None and last.is_shown and not news.is_any(session, last, as_of):
            return Outcome(is_successful=True, seconds=time.monotonic() - began)
        if on_begin is not None:
            on_begin()
        unsettled = seeds.settle(session) if last is None else seeds.held(session)
        builder = Builder(
            *(target, holder, settings, on_step),
            fingerprint=fingerprint.project,
            rebuild=rebuild,
        )
        verdict = None
        if takes_loads:
            with traces.span("gate") as told_of_gate:
                verdict = gate.check(
                    target,
                    session,
                    accept=accept,
                    as_of=as_of,
                    meanwhile=builder.prepare,
                    held_anyway=unsettled,
                )
                if verdict is not None:
                    told_of_gate({"problem_count": len(verdict.problems)})
        held = () if verdict is None else verdict.held
        if verdict is not None and held and not _goes_on(session, verdict, last, as_of):
            seconds = time.monotonic() - began
            outcome = Outcome(False, seconds, held=held, is_held=True)
            return _judged(session, outcome, verdict, unsettled)
        if verdict is None:
            builder.prepare()
        plan = None if last is None else builder.plan(session, last, held)
        before = score_changes.before(session, last if plan else None, as_of)
        result = builder.build(plan)
        outcome = _outcome(session, result, time.monotonic() - began)
        if outcome.is_successful and plan and outcome.run_seq is not None:
            plan.close(session, outcome.run_seq)
        if outcome.is_successful:
            _remember(session, str(fingerprint), outcome.run_seq)
            outcome = replace(outcome, scores=score_changes.since(session, before))
        told_of_run(
            {
                "run_seq": outcome.run_seq,
                "is_successful": outcome.is_successful,
                "load_count": outcome.load_count,
                "record_count": outcome.record_count,
            }
        )
    if not accept:
        held = tuple(sorted({*held, *unsettled}))
    return _judged(session, replace(outcome, held=held), verdict, unsettled)


def _goes_on(
    session: psycopg.Connection,
    verdict: gate.Verdict,
    last: news.Last | None,
    as_of: str | None,
) -> bool:
    """Whether there is something to do for a workspace that is not held."""
    others = "select exists (select from raw.loads where workspace_id <> all(%s))"
    if _one(session, others, (list(verdict.held),)) == (False,):
        return False
    if verdict.passed_count or last is None or not last.is_shown:
        return True
    return bool(news.waiting(session, last, as_of, verdict.held))


def has_news(session: psycopg.Connection) -> bool:
    """Whether `run` would find something to do; takes no lock, so it disturbs no run."""
    last = news.last_whole_run(session, project.fingerprint({}))
    return last is None or not last.is_shown or news.is_any(session, last, None)


def _run_beside(
    target: Target,
    session: psycopg.Connection,
    schema: str,
    settings: dict[str, object],
    on_step: Callable[[str, int, int], None] | None,
) -> Outcome:
    """Build in schemas of their own; the published ones and what waits stay as they are."""
    began = time.monotonic()
    with run_lock(session) as holder:
        marts = database.marts_of(schema)
        seeds.check(session)
        schemas.check(session, f"{schema}_")
        with session.transaction():
            database.admit_analyst(session, marts)
        settings = {**settings, "schema_prefix": f"{schema}_"}
        result = Builder(target, holder, settings, on_step).build(None)
        outcome = _outcome(session, result, time.monotonic() - began)
        (waiting,) = _one(session, "select count(*) from raw.loads where run_seq is null", ())
    return replace(outcome, marts=target.prefix + marts, waiting_count=waiting)


def run_lock(session: psycopg.Connection) -> AbstractContextManager[int]:
    """Hold the run lock of a session's database; yield the server process that has it."""
    sentence = "Another run is active; wait until it has finished."
    return locks.alone(session, "run_lock", sentence)


def _remember(session: psycopg.Connection, fingerprint: str, run_seq: int | None) -> None:
    """The run was whole; what is missing even so is no longer a part of the project."""
    with session.transaction():
        session.execute(
            "delete from raw.model_progress where"
            " to_regclass(quote_ident(schema_name) || '.' || quote_ident(model_name)) is null"
        )
        session.execute(
            "delete from raw.relations where"
            " to_regclass(format('%I.%I', schema_name, relation_name)) is null"
        )
        session.execute(
            "update raw.runs set project_fingerprint = %s where run_seq = %s",
            (fingerprint, run_seq),
        )


def _judged(
    session: psycopg.Connection,
    outcome: Outcome,
    verdict: gate.Verdict | None,
    unsettled: Mapping[str, str],
) -> Outcome:
    """An outcome with what is wrong in seeds and what the landing gate found.

    What the gate found are failures only where they held the run. What failed or is held is
    kept in the log of runs.
    """
    of_seeds = (Failure(name, message) for name, message in unsettled.items())
    outcome = replace(outcome, warnings=(*of_seeds, *outcome.warnings))
    why = [f"{name}: {each}" for name, each in unsettled.items() if name in outcome.held]
    if verdict is not None and verdict.problems:
        held: list[Failure] = []
        shown: list[Failure] = []
        for problem in verdict.problems:
            is_failure = problem.is_critical and outcome.is_held
            (held if is_failure else shown).append(Failure(problem.name, problem.message))
        failures, warnings = (*held, *outcome.failures), (*shown, *outcome.warnings)
        outcome = replace(outcome, failures=failures, warnings=warnings)
        outcome = replace(outcome, landing_checks=verdict.page)
        why += verdict.reasons(outcome.held)
    run_log.keep(
        session,
        [*(f"{each.name}: {each.message}" for each in outcome.failures), *why],
        run_seq=outcome.run_seq,
        is_held=outcome.is_held,
        seconds=outcome.seconds,
    )
    return outcome


def _outcome(session: psycopg.Connection, result: Any, seconds: float) -> Outcome:
    """dbt's result and what the database says of the run."""
    if isinstance(result.exception, KeyboardInterrupt):
        raise KeyboardInterrupt
    if result.result is None or not hasattr(result.result, "results"):
        reason = str(result.exception or "dbt ended without saying why")
        said = results.one_line(reason)
        return Outcome(is_successful=False, seconds=seconds, failures=(Failure("dbt", said),))
    nodes = result.result.results
    began = [node for node in nodes if "-on-run-start-" in node.node.unique_id]
    if failures := tuple(results.said(began, results.BAD)):  # every model fails then, too
        return Outcome(is_successful=False, seconds=seconds, failures=failures)
    run_seq, finished_before = _numbers(session)
    return Outcome(
        is_successful=bool(result.success),
        seconds=seconds,
        run_seq=run_seq,
        **_taken_up(session, finished_before, run_seq),
        **_entries(session, finished_before, run_seq),
        models=results.count(nodes, ("model", "seed", "function")),
        checks=results.count(nodes, ("test",)),
        changes=tuple(upgrades.changes(session, finished_before, run_seq)),
        unshown=unshown.found(session, finished_before, run_seq) if result.success else (),
        failures=tuple(results.said(nodes, results.BAD)),
        warnings=(
            *results.said(nodes, ("warn",)),
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

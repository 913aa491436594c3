"""What a run did, and how the last runs went.

Source: the outcome of `warehouse.runs`; the log of `warehouse.run_log`.
Shape:  sentences, a table; what was published on standard output, problems on standard error.
Errors: none.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import astuple

from warehouse import console
from warehouse.run_log import Run
from warehouse.runs import Outcome

NO_RUN = "There was no run yet; use `warehouse load`, then `warehouse run`."


def show_run(outcome: Outcome) -> None:
    """What a run did."""
    if outcome.run_seq is None and outcome.is_successful:
        console.say(f"Nothing new: the marts are up to date ({outcome.seconds:.1f} s).")
        return
    for change in outcome.changes:
        console.say(f"Upgraded {change}.")
    for failure in outcome.warnings:
        console.warn(f"{failure.name}: {failure.message}")
    for failure in outcome.failures:
        console.failure(failure.name, failure.message)
    if outcome.landing_checks is not None:
        console.hint(f"All checks of the loaded data: {outcome.landing_checks}")
    if outcome.is_held:
        console.warn(
            "Nothing was published. `warehouse rejects` shows what was rejected; "
            "`warehouse run --accept` publishes the rest as it is."
        )
        return
    if outcome.marts is not None:
        _built_beside(outcome)
        return
    if not outcome.is_successful:
        console.warn("Finished models stay; the next `warehouse run` continues from there.")
        return
    rejected = f", {outcome.rejected_count:,} rejected" if outcome.rejected_count else ""
    console.say(
        f"Run {outcome.run_seq} used {console.many(outcome.load_count, 'load')} "
        f"({console.many(outcome.record_count, 'record')}{rejected}); "
        f"ledger +{outcome.posted:,} −{outcome.reversed:,}; "
        f"{outcome.models} relations built, {console.many(outcome.checks, 'check')} passed "
        f"in {outcome.seconds:.1f} s."
    )
    if outcome.held:
        console.warn(
            f"Held back: {', '.join(outcome.held)}. Each run checks the waiting loads again. "
            "`warehouse rejects` shows what was rejected; `warehouse run --accept` publishes "
            "the rest as it is."
        )
    if outcome.scores is not None and any(astuple(outcome.scores)):
        new, scores, tiers = astuple(outcome.scores)
        console.say(
            f"{console.many(new, 'new follower')}; {console.many(scores, 'score')} and "
            f"{console.many(tiers, 'tier')} of earlier ones changed."
        )
    for sentence in outcome.unshown:
        console.say(f"Loaded, but in no mart: {sentence}.")
    if outcome.unshown:
        console.say('Details: `warehouse query "select * from unshown_records"`.')


def _built_beside(outcome: Outcome) -> None:
    """Where the past stands, and what is not in it."""
    if not outcome.is_successful:
        console.warn(
            f"{outcome.marts} is incomplete; run it again. The published marts are unchanged."
        )
        return
    console.say(
        f"Built in schema {outcome.marts}: {outcome.models} relations, "
        f"{console.many(outcome.checks, 'check')} passed in {outcome.seconds:.1f} s; "
        "the published marts are unchanged."
    )
    if outcome.waiting_count:
        waiting = console.many(outcome.waiting_count, "load")
        console.say(f"Not included, for no run has used it yet: {waiting}.")


def show_log(runs: Sequence[Run]) -> None:
    """The last runs as a table, and beneath it why some failed or held loads back."""
    if not runs:
        console.say(NO_RUN)
        return
    console.table(
        ["run", "started (UTC)", "seconds", "loads", "records", "outcome"],
        [
            (
                run.run_seq,
                f"{run.started_at:%Y-%m-%d %H:%M:%S}",
                None if run.seconds is None else f"{run.seconds:.1f}",
                run.load_count,
                run.record_count,
                run.outcome,
            )
            for run in runs
        ],
    )
    for run in runs:
        name = f"run of {run.started_at:%Y-%m-%d %H:%M}"
        for sentence in run.problems:
            console.say(f"{name if run.run_seq is None else f'run {run.run_seq}'}: {sentence}")

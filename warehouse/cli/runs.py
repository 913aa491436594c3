"""Commands that build the marts or shorten them: run, rebuild, purge; and runs, their log.

Source: what has landed; the instant that is asked for.
Shape:  the steps while they go, then what came of them, or JSON lines; each command returns
        its exit code.
Errors: WarehouseError (usage) for options that do not go together; the rest passes.
"""

from __future__ import annotations

import click

from warehouse import console, database, events, purge, run_log, runs, seeds
from warehouse.cli.shared import command, demo_option, instant_option, log_option, owner
from warehouse.errors import FAILED, REJECTED, USAGE, WarehouseError
from warehouse.reports.purges import show_purged
from warehouse.reports.runs import show_log, show_run

as_of_option = instant_option(
    "--as-of",
    "Show the marts as of this instant instead of now. A day means its first instant in UTC, "
    "so 2026-03-02 includes all of March 1.",
)
accept_option = click.option(
    "--accept", is_flag=True, help="Publish even if the quality gate stops the run."
)


@command(
    "run",
    "warehouse run",
    "warehouse run --as-of 2026-03-01 --schema march",
    "warehouse run --as-of 2026-03-01 --known-at 2026-03-08 --schema march_then",
    "warehouse run --log json",
)
@as_of_option
@instant_option("--known-at", "With --schema: use only what had been received by then.")
@click.option(
    "--schema",
    metavar="NAME",
    help="With --as-of: build NAME_marts and so on; the published marts stay.",
)
@accept_option
@log_option
def run_command(
    *,
    as_of: str | None,
    known_at: str | None,
    schema: str | None,
    accept: bool,
    form: events.Form,
) -> int:
    """Check the loaded data and bring every mart up to date.

    With --as-of alone the published marts show that instant until a run without it. With
    --schema the past is built next to them, from loads that runs have used: ask it with
    `warehouse query --schema NAME`. Decisions and seeds apply as they are now.
    """
    if schema is not None and as_of is None:
        raise WarehouseError(
            "--schema needs --as-of: name the instant that it should show.", USAGE
        )
    if schema is not None and accept:
        raise WarehouseError(
            "--accept cannot be used with --schema, which uses no waiting load.", USAGE
        )
    if known_at is not None and schema is None:
        raise WarehouseError(
            "--known-at needs --as-of and --schema: the published marts use all data.",
            USAGE,
        )
    database.marts_of(schema)
    with (
        events.logged(form) as emit,
        owner() as (target, session),
        console.steps("Building") as on_step,
    ):
        database.repair_analyst(target, session)
        outcome = runs.run(
            target,
            session,
            accept=accept,
            as_of=as_of,
            known_at=known_at,
            schema=schema,
            on_begin=lambda: emit(events.RunBegan()),
            on_step=on_step,
        )
    return _after_run(outcome, form)


@command("rebuild", "warehouse rebuild", "warehouse rebuild --log json")
@as_of_option
@accept_option
@log_option
def rebuild_command(*, as_of: str | None, accept: bool, form: events.Form) -> int:
    """Compute every stored row again from raw, in place.

    Readers see the old rows until the new ones are complete.
    """
    with (
        events.logged(form) as emit,
        owner() as (target, session),
        console.steps("Rebuilding") as on_step,
    ):
        outcome = runs.run(
            target,
            session,
            rebuild=True,
            accept=accept,
            as_of=as_of,
            on_begin=lambda: emit(events.RunBegan()),
            on_step=on_step,
        )
    return _after_run(outcome, form)


def _after_run(outcome: runs.Outcome, form: events.Form) -> int:
    """Say what came of a run, once its bar is gone; its exit code."""
    if form == "json":
        for event in events.of_run(outcome):
            events.printer(form)(event)
    else:
        show_run(outcome)
    if not outcome.is_successful:
        return FAILED
    return REJECTED if outcome.rejected_count or outcome.held else 0


@command(
    "runs",
    "warehouse runs",
    "warehouse runs --last 50",
    "warehouse runs --last 1 --json",
)
@click.option(
    "--last",
    "most",
    type=click.IntRange(min=1, max=1_000_000),
    default=10,
    show_default=True,
    help="Number of runs to show.",
)
@click.option("--json", "is_json", is_flag=True, help="Write them as a JSON array.")
@demo_option("Show those of the demo's database.")
def runs_command(*, most: int, is_json: bool, of_demo: bool) -> int:
    """Show the last runs: duration, loads, and why one failed.

    A run that the quality gate held back has no number. `unfinished` was killed, or dbt runs
    without this program.
    """
    with owner(of_demo=of_demo) as (_, session):
        found = run_log.newest(session, most)
    if is_json:
        click.echo(run_log.to_json(found))
    else:
        show_log(found)
    return 0


@command(
    "purge",
    "warehouse purge --dry-run",
    "warehouse purge",
    "warehouse purge --as-of 2026-03-01",
)
@click.option("--dry-run", is_flag=True, help="Count exactly and remove nothing.")
@instant_option("--as-of", "Measure age from this instant instead of now.")
@log_option
def purge_command(dry_run: bool, as_of: str | None, form: events.Form) -> int:
    """Remove interactions that are older than their retention.

    seeds/retention.csv says how many days; a platform without a row keeps everything. Totals
    stay, also after a rebuild. The last run must have succeeded.
    """
    with events.logged(form), owner() as (_, session):
        seeds.settle(session)
        purged, now = purge.purge(session, as_of=as_of, is_dry=dry_run)
        if purge.is_rule_changed(session):
            console.warn(
                "seeds/retention.csv has changed since the last run, whose retention was used; "
                "`warehouse run` applies the new one."
            )
    events.tell(
        form,
        lambda: show_purged(purged, now, is_dry=dry_run),
        *(
            events.InteractionsPurged(
                platform=each.platform,
                retention_days=each.retention_days,
                interaction_count=each.interaction_count,
                kept_count=each.kept_count,
                is_dry=dry_run,
            )
            for each in purged
        ),
    )
    return 0

"""The command that fetches: pull.

Source: sources.toml in the state folder; tokens in the environment.
Shape:  what came of each source, or JSON lines; returns the exit code.
Errors: WarehouseError (usage) for what sources.toml cannot say; the rest passes.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import click

from warehouse import console, events
from warehouse.cli.shared import command, instant_option, log_option, owner
from warehouse.errors import USAGE, WarehouseError
from warehouse.pulling import declarations
from warehouse.pulling.declarations import Source
from warehouse.pulling.pulls import Ended, plan, pull
from warehouse.pulling.walking import Wish
from warehouse.reports.pulls import Tally, after_pulls, show_plan, show_pulls


@command(
    "pull",
    "warehouse pull --example",
    "warehouse pull",
    "warehouse pull garden-linear --dry-run",
    "warehouse pull garden-linear --since 2026-03-01",
    "warehouse pull garden-linear --backfill --log json",
)
@click.argument("names", nargs=-1, metavar="[SOURCE]…")
@instant_option("--since", "Pull also everything since this day or instant.")
@click.option("--backfill", is_flag=True, help="Pull also everything there is.")
@click.option("--dry-run", is_flag=True, help="Say what would be pulled; ask nobody.")
@click.option("--example", is_flag=True, help="Print a commented sources.toml.")
@log_option
def pull_command(
    *,
    names: tuple[str, ...],
    since: str | None,
    backfill: bool,
    dry_run: bool,
    example: bool,
    form: events.Form,
) -> int:
    """Fetch what is new from the platforms in sources.toml.

    Without a SOURCE all are pulled. Pages are loaded as they come; a pull that is interrupted
    goes on where it was. `warehouse run` then brings the marts up to date.
    """
    if example:
        click.echo(declarations.EXAMPLE.read_text("utf-8"), nl=False)
        return 0
    if since is not None and backfill:
        raise WarehouseError("--since and --backfill exclude each other; use one.", USAGE)
    if dry_run and form == "json":
        raise WarehouseError("--dry-run is for people; leave out --log json.", USAGE)
    sources = _chosen(names)
    tallies = [Tally(name, source.api.title) for name, source in sources.items()]
    with events.logged(form) as emit, owner() as (_, session), console.progress() as bar:
        for tally, (name, source) in zip(tallies, sources.items(), strict=True):
            wish = Wish(source.window, _instant(since), backfill)
            if dry_run:
                show_plan(name, source, list(plan(session, name, source, wish)))
                continue
            declarations.token_of(name, source)
            task = bar.add_task(name, total=None, detail="")
            for told in pull(session, name, source, wish, threading.Event()):
                tally.add(told)
                if isinstance(told, Ended):
                    emit(
                        events.PullEnded(
                            source=name,
                            request_count=told.request_count,
                            item_count=told.item_count,
                            problem=told.problem,
                        )
                    )
                else:
                    emit(events.of_load(told))
                bar.update(task, detail=f"{tally.pages:,} pages · {tally.landed:,} records")
            bar.remove_task(task)
    if dry_run:
        return 0
    if form == "text":
        show_pulls(tallies)
    return after_pulls(tallies, with_sentence=form == "text")


def _chosen(names: tuple[str, ...]) -> dict[str, Source]:
    """Return the sources of these names, or all."""
    declared = declarations.read()
    for name in names:
        if name not in declared:
            known = ", ".join(declared)
            raise WarehouseError(
                f"{name!r} is no source of {declarations.place()}; use one of {known}.", USAGE
            )
    return {name: declared[name] for name in names or declared}


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    told = datetime.fromisoformat(text)
    return told if told.tzinfo else told.replace(tzinfo=UTC)

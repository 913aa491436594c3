"""The command for a warehouse past one machine: lake.

Source: the prepared database for an export or a publication; the lake's folder.
Shape:  the steps while they go, then what came of them, or JSON lines; returns the exit code.
Errors: WarehouseError (usage) for options that do not go together; the rest passes.
"""

from __future__ import annotations

import click

from warehouse import console, events
from warehouse.cli.shared import command, instant_option, log_option, owner
from warehouse.errors import FAILED, USAGE, WarehouseError
from warehouse.lake.build import build
from warehouse.lake.export import export
from warehouse.lake.publish import publish
from warehouse.reports.lakes import show_built, show_exported, show_published


@command(
    "lake",
    "warehouse lake export /data/lake",
    "warehouse lake build /data/lake",
    "warehouse lake build /data/lake --as-of 2026-03-01",
    "warehouse lake build /data/lake --master spark://spark.example:7077",
    "warehouse lake publish /data/lake",
    "warehouse lake publish /data/lake --since 2026-01-01",
)
@click.argument("action", type=click.Choice(["export", "build", "publish"]))
@click.argument("folder", metavar="DIR")
@click.option(
    "--master",
    metavar="URL",
    help="With build: Spark's master; by default, workers on all cores of this machine.",
)
@instant_option("--as-of", "With build: show the marts as of this instant instead of now.")
@click.option("--accept", is_flag=True, help="With build: take what the gate would hold back.")
@instant_option(
    "--since", "With publish: leave out single interactions from before this day or instant."
)
@log_option
def lake_command(
    *,
    action: str,
    folder: str,
    master: str | None,
    as_of: str | None,
    accept: bool,
    since: str | None,
    form: events.Form,
) -> int:
    """Take a warehouse past one machine, to Parquet and Apache Spark.

    `export` writes everything that has landed in PostgreSQL as Parquet files. `build` builds
    every mart of these files, with the same models, in a fresh folder, checks it and then lets
    it take the place of the build before. `publish` lets the marts of a PostgreSQL database, in
    which nothing has landed, show that build. Needs the extra `spark`, and Java 17 to build.
    """
    if action != "build" and (master is not None or as_of is not None or accept):
        raise WarehouseError(
            "--master, --as-of and --accept go with `warehouse lake build`.", USAGE
        )
    if action != "publish" and since is not None:
        raise WarehouseError("--since goes with `warehouse lake publish`.", USAGE)
    with events.logged(form):
        if action == "export":
            return _export(folder, form)
        if action == "publish":
            return _publish(folder, since, form)
        return _build(folder, master, as_of, form, accept=accept)


def _export(folder: str, form: events.Form) -> int:
    with owner() as (_, session), console.steps("Exporting") as on_step:
        exported = export(session, folder, on_step)
    ended = events.LakeEnded(
        action="export",
        folder=folder,
        is_successful=True,
        load_count=exported.load_count,
        row_count=exported.row_count,
        failures=(),
    )
    events.tell(form, lambda: show_exported(exported, folder), ended)
    return 0


def _publish(folder: str, since: str | None, form: events.Form) -> int:
    with owner() as (target, session), console.steps("Publishing") as on_step:
        published = publish(target, session, folder, since=since, on_step=on_step)
    ended = events.LakeEnded(
        action="publish",
        folder=folder,
        is_successful=True,
        load_count=None,
        row_count=published.row_count,
        failures=(),
    )
    events.tell(form, lambda: show_published(published), ended)
    return 0


def _build(
    folder: str, master: str | None, as_of: str | None, form: events.Form, *, accept: bool
) -> int:
    with console.steps("Building") as on_step:
        built = build(folder, master=master, as_of=as_of, accept=accept, on_step=on_step)
    is_successful = built.folder is not None
    ended = events.LakeEnded(
        action="build",
        folder=folder,
        is_successful=is_successful,
        load_count=built.load_count,
        row_count=None,
        failures=events.said(built.failures),
    )
    events.tell(form, lambda: show_built(built), ended)
    return 0 if is_successful else FAILED

"""Commands that land files: load, map, rejects.

Source: paths, standard input and what is declared of them.
Shape:  tables and sentences, or JSON lines; each command returns its exit code.
Errors: WarehouseError (usage) for declarations that do not go together; the rest passes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import psycopg

from loaders.landing import Sink
from loaders.landing.suppression import Suppression
from loaders.parsing import times
from warehouse import answers, console, events, loading, maps, rejects
from warehouse.cli.declarations import declared, declared_options
from warehouse.cli.shared import command, date_order_option, demo_option, log_option, owner
from warehouse.cli.streams import load_stream
from warehouse.errors import USAGE, WarehouseError
from warehouse.lake.sink import ParquetSink
from warehouse.reports.loads import after_loads, show_loads
from warehouse.reports.rejects import after_replays, check_reason, show_rejects, show_replays


@command(
    "load",
    "warehouse load exports/ --workspace acme",
    "warehouse load takeout.zip --workspace acme --account my.handle",
    "warehouse load comments.csv.gz --workspace acme --platform youtube",
    "warehouse load result.json --workspace acme --timezone Europe/Berlin",
    "warehouse load forum.csv --workspace acme --map forum.toml",
    "curl … | warehouse load - --workspace acme --platform generic",
    "curl … | warehouse load - --workspace acme --answer json",
    "tap-slack … | warehouse load - --workspace acme --singer --map slack.toml",
    "warehouse load exports/ --workspace acme --log json",
    "warehouse load exports/ --workspace acme --lake /data/lake",
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@declared_options(needs_workspace=True)
@click.option(
    "--answer", type=click.Choice(["json"]), help="Print one JSON answer per file, no tables."
)
@click.option(
    "--lake",
    "lake_folder",
    metavar="DIR",
    help="Land in a lake of Parquet files instead of PostgreSQL (see `warehouse lake`).",
)
@click.option(
    "--singer",
    "is_singer",
    is_flag=True,
    help="PATH holds messages of a Singer tap; --map has a map for each stream.",
)
@click.option(
    "--complete",
    "is_complete",
    is_flag=True,
    help="With --singer: the tap has ended well, so what a new version lacks is gone.",
)
@log_option
def load_command(
    *,
    paths: tuple[str, ...],
    answer: str | None,
    lake_folder: str | None,
    is_singer: bool,
    is_complete: bool,
    form: events.Form,
    **said: Any,
) -> int:
    """Load files, folders, patterns, .zip, .gz, or - (standard input).

    A file is loaded once, completely or not at all. Rejected records are kept with the reason
    (`warehouse rejects`). `warehouse run` then brings the marts up to date.

    With --singer, standard output has the states of the tap and nothing else. A state is
    written when everything before it is committed.
    """
    if is_complete and not is_singer:
        raise WarehouseError("--complete needs --singer.", USAGE)
    if is_singer:
        if answer is not None or form == "json":
            raise WarehouseError(
                "--singer writes the states of the tap on standard output; it cannot be used "
                "with --answer or --log json.",
                USAGE,
            )
        return load_stream(paths, said, lambda: _place(lake_folder), is_complete=is_complete)
    if answer is not None and form == "json":
        raise WarehouseError(
            "--answer and --log json both print JSON lines; use one of them.", USAGE
        )
    declaration = declared(**said)
    names = loading.find(paths)
    results: list[loading.Result] = []
    with events.logged(form) as emit, _place(lake_folder) as (place, suppression):
        try:
            with console.progress() as bar:
                task = bar.add_task("Landing", total=len(names), detail="")

                def on_progress(name: str, count: int) -> None:
                    detail = f"{console.short_path(name)} · {count:,} records"
                    bar.update(task, detail=detail)

                for result in loading.load(place, names, declaration, on_progress, suppression):
                    results.append(result)
                    bar.advance(task, result.archive is None)
                    emit(events.of_load(result))
                    if answer is not None:
                        answers.say(place, result)
        finally:  # also of a loading that was broken off
            if form == "text":
                show_loads(results, with_table=answer is None)
    return after_loads(results, with_sentence=answer is None and form == "text")


@contextmanager
def _place(
    lake_folder: str | None,
) -> Iterator[tuple[psycopg.Connection | Sink, Suppression | None]]:
    """Open where to land; of a lake with what leaves out who opted out or was erased."""
    if lake_folder is None:
        with owner() as (_, session):
            yield session, None
    else:
        with ParquetSink.open(lake_folder) as sink:
            yield sink, sink.suppression


@command(
    "map",
    "warehouse map forum.csv",
    "warehouse map forum.csv --to forum.toml",
    "warehouse load forum.csv --workspace acme --map forum.toml",
)
@click.argument("path", metavar="FILE")
@click.option(
    "--to",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the map to this file, which must not exist yet.",
)
def map_command(*, path: str, target: Path | None) -> int:
    """Draft a map for your own CSV or JSON file.

    A map is a TOML file that says which column holds which field. The draft is guessed from
    the names and values of the columns. Open questions are marked with TODO and listed on
    standard error. Check the map, then give it to `warehouse load --map`.
    """
    made = maps.draft(path)
    if target is None:
        click.echo(made.text, nl=False)  # nothing in it that a terminal obeys
    else:
        maps.write(made, target)
        console.say(f"{target} is written. Check it, then use it with `warehouse load --map`.")
    for question in made.questions:
        console.warn(f"The file does not tell {question}.")
    return 0


@command(
    "rejects",
    "warehouse rejects",
    "warehouse rejects --demo",
    "warehouse rejects --reason naive_time --replay --timezone Europe/Berlin",
)
@click.option("--reason", help="Only rejects with this reason code.")
@click.option(
    "--replay", is_flag=True, help="Try them again. Accepted records become a normal load."
)
@click.option("--timezone", help="With --replay: time zone of times without one.")
@click.option("--account", help="With --replay: the exporting account.")
@date_order_option
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    help="Number of rejects to list.",
)
@demo_option("List those of the demo's database.")
@log_option
def rejects_command(
    *,
    reason: str | None,
    replay: bool,
    timezone: str | None,
    account: str | None,
    date_order: times.Order | None,
    limit: int,
    of_demo: bool,
    form: events.Form,
) -> int:
    """List rejected records, or try them again."""
    check_reason(reason)
    if (timezone or account or date_order) and not replay:
        raise WarehouseError("--timezone, --account and --date-order need --replay.", USAGE)
    if form == "json" and not replay:
        raise WarehouseError(
            "--log json needs --replay; for a list, ask the mart rejected_records.", USAGE
        )
    declaration = loading.Declared("", None, account, timezone, date_order)
    declaration.context()
    with events.logged(form), owner(of_demo=of_demo) as (_, session):
        if not replay:
            show_rejects(session, reason, limit)
            return 0
        found = list(rejects.replay(session, reason, declaration))
        events.tell(
            form,
            lambda: show_replays(found),
            *(
                events.of_landed(each.load, each.source_name, None, None)
                for each in found
                if each.load is not None
            ),
        )
    return after_replays(found)

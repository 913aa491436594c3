"""Every command in one place, each a few lines over the module that works.

Source: arguments and the environment.
Shape:  tables and sentences on standard output, progress and problems on standard error; a
        command returns its exit code.
Errors: WarehouseError (usage) for arguments that do not go together; the rest passes.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import click
import psycopg

from warehouse import (
    answers,
    console,
    database,
    decisions,
    demo,
    labels,
    loading,
    purge,
    queries,
    rejects,
    runs,
    status,
)
from warehouse.connection import Target, is_embedded, resolve
from warehouse.embedded import server
from warehouse.errors import FAILED, REJECTED, USAGE, WarehouseError
from warehouse.transform import command_line

DATABASE = "warehouse"
PASSED_ON = {  # --help right after the command is ours
    "ignore_unknown_options": True,
    "allow_interspersed_args": False,
    "help_option_names": ["--help"],
}
WORKSPACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")


class Examples(click.Command):
    """A command whose help ends in examples."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples as they are, not as running text."""
        if self.epilog:
            with formatter.section("Examples"):
                for line in self.epilog.splitlines():
                    formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


class Commands(click.Group):
    """Commands in the order in which they are needed."""

    command_class = Examples

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in order of definition."""
        return list(self.commands)


def _next_step(*, of_demo: bool) -> str:
    """The command that takes up what has been recorded in a database."""
    return "warehouse demo" if of_demo else "warehouse run"


@contextmanager
def _database(*, of_demo: bool = False) -> Iterator[tuple[Target, psycopg.Connection]]:
    """The prepared database and an open connection of its owner."""
    target = demo.resolve() if of_demo else resolve(DATABASE)
    with target.connect(autocommit=True) as session:
        database.prepare(session)
        yield target, session


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """A SQL-first analytics warehouse for audience engagement.

    Land exports of social platforms, build the marts, ask them. DATABASE_URL (or PG*
    variables) names a PostgreSQL server of your own, 15 to 18; otherwise one is kept in the
    state folder (.warehouse, or WAREHOUSE_HOME).
    """


@cli.command("demo", epilog="warehouse demo")
def demo_command() -> int:
    """Land the sample exports, build, show the answers.

    The story's dates are fixed; it is shown as of its last day, in a database of its own.
    """
    return demo.show()


@cli.command("up", epilog="warehouse up")
def up_command() -> int:
    """Start the embedded server; say how to connect."""
    with _database() as (target, _):
        status.show_connection(target)
    return 0


@cli.command("down", epilog="warehouse down")
def down_command() -> int:
    """Stop the embedded server; all data stay."""
    if not is_embedded():
        console.say("DATABASE_URL names a server of your own: there is nothing to stop.")
        return 0
    console.say("The server is stopped." if server.stop() else "The server was not running.")
    return 0


@cli.command("status", epilog="warehouse status")
def status_command() -> int:
    """Show the server, the last run, freshness and rejects."""
    if is_embedded() and not server.is_running():
        console.say("The embedded server is not running; `warehouse up` starts it.")
        return 0
    with _database() as (target, session):
        status.show(target, session)
    return 0


@cli.command(
    "load",
    epilog="warehouse load exports/ --workspace acme\n"
    "warehouse load comments.csv.gz --workspace acme --platform youtube\n"
    "warehouse load result.json --workspace acme --timezone Europe/Berlin\n"
    "curl … | warehouse load - --workspace acme --platform generic\n"
    "curl … | warehouse load - --workspace acme --answer json",
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@click.option("--workspace", "-w", required=True, help="Whose data it is; a name of yours.")
@click.option("--platform", "-p", help="Only where the content does not tell.")
@click.option("--account", help="The exporting account, where the export does not name it.")
@click.option("--timezone", help="Zone of times without one, like Europe/Berlin.")
@click.option(
    "--answer", type=click.Choice(["json"]), help="One JSON answer a file, no tables."
)
def load_command(
    *,
    paths: tuple[str, ...],
    workspace: str,
    platform: str | None,
    account: str | None,
    timezone: str | None,
    answer: str | None,
) -> int:
    """Land files, folders, patterns, .gz, or - for standard input.

    Each file lands once, wholly or not at all. Records that cannot be landed are kept with
    the reason (`warehouse rejects`). `warehouse run` then brings the marts up to date.
    """
    if not WORKSPACE.fullmatch(workspace):
        raise WarehouseError(
            "A workspace is a name of letters, digits, - _ or . (at most 63).", USAGE
        )
    declared = loading.Declared(workspace, platform, account, timezone)
    declared.context()
    names = loading.find(paths)
    results: list[loading.Result] = []
    with _database() as (_, session):
        try:
            with console.progress() as bar:
                task = bar.add_task("Landing", total=len(names), detail="")

                def on_progress(name: str, count: int) -> None:
                    detail = f"{console.short_path(name)} · {count:,} records"
                    bar.update(task, detail=detail)

                for result in loading.load(session, names, declared, on_progress):
                    results.append(result)
                    bar.advance(task)
                    if answer is not None:
                        answers.say(session, result)
        finally:  # also of a loading that was broken off
            console.loads(results, with_table=answer is None)
    return status.after_loads(results, with_sentence=answer is None)


def _instant(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """Check a day or an instant before anything is begun; PostgreSQL reads fewer spellings."""
    if value is None:
        return None
    try:
        instant = datetime.fromisoformat(value)
        return (instant if instant.tzinfo else date.fromisoformat(value)).isoformat()
    except ValueError:
        raise click.BadParameter(
            "give a day or an instant with its zone, like 2026-03-01 or 2026-03-01T12:00:00Z."
        ) from None


as_of_option = click.option(
    "--as-of",
    callback=_instant,
    metavar="INSTANT",
    help="Show the marts as of this instant, not of the moment of a query; of a day, its first "
    "instant in UTC: 2026-03-02 shows March 1 whole.",
)
accept_option = click.option(
    "--accept", is_flag=True, help="Publish what landed even where its checks stop a run."
)


@cli.command(
    "run",
    epilog="warehouse run\nwarehouse run --as-of 2026-03-01 --schema march\n"
    "warehouse run --as-of 2026-03-01 --known-at 2026-03-08 --schema march_then",
)
@as_of_option
@click.option(
    "--known-at",
    callback=_instant,
    metavar="INSTANT",
    help="With --schema: of what had been received by this instant.",
)
@click.option(
    "--schema",
    metavar="NAME",
    help="With --as-of: build schemas NAME_marts … and leave the published ones alone.",
)
@accept_option
def run_command(
    *, as_of: str | None, known_at: str | None, schema: str | None, accept: bool
) -> int:
    """Check what has landed and bring every mart up to date.

    With --as-of alone the published marts show that instant until a run without it. With
    --schema the past stands beside them, of what runs have taken up: ask it with
    `warehouse query --schema NAME`. Decisions about people hold at every instant.
    """
    if schema is not None and as_of is None:
        raise WarehouseError("--schema goes with --as-of: which instant is it to show?", USAGE)
    if schema is not None and accept:
        raise WarehouseError("--accept and --schema: a build beside takes no load up.", USAGE)
    if known_at is not None and schema is None:
        raise WarehouseError(
            "--known-at goes with --as-of and --schema: what is published knows everything.",
            USAGE,
        )
    database.marts_of(schema)
    with _database() as (target, session), console.steps("Building") as on_step:
        outcome = runs.run(
            target,
            session,
            accept=accept,
            as_of=as_of,
            known_at=known_at,
            schema=schema,
            on_step=on_step,
        )
    return _show_run(outcome)


@cli.command("rebuild", epilog="warehouse rebuild")
@as_of_option
@accept_option
def rebuild_command(as_of: str | None, accept: bool) -> int:
    """Make the same numbers from all of raw, in place.

    Nothing is dropped: whoever reads sees the old rows until the new ones are whole.
    """
    with _database() as (target, session), console.steps("Rebuilding") as on_step:
        outcome = runs.run(
            target, session, rebuild=True, accept=accept, as_of=as_of, on_step=on_step
        )
    return _show_run(outcome)


def _show_run(outcome: runs.Outcome) -> int:
    """Say what came of a run, once its bar is gone; its exit code."""
    console.run(outcome)
    if not outcome.is_successful:
        return FAILED
    return REJECTED if outcome.rejected_count else 0


@cli.command(
    "purge",
    epilog="warehouse purge --dry-run\nwarehouse purge\nwarehouse purge --as-of 2026-03-01",
)
@click.option("--dry-run", is_flag=True, help="Count exactly, and take nothing away.")
@click.option(
    "--as-of",
    callback=_instant,
    metavar="INSTANT",
    help="What is old at this instant, not now.",
)
def purge_command(dry_run: bool, as_of: str | None) -> int:
    """Take away interactions that are older than allowed.

    seeds/retention.csv says how many days; a platform without a row keeps everything. What
    was counted of them stays, also after a rebuild. Wants a whole run before.
    """
    with _database() as (_, session):
        purged, now = purge.purge(session, as_of=as_of, is_dry=dry_run)
        if purge.is_rule_changed(session):
            console.warn(
                "seeds/retention.csv is another than in the last run, whose days hold here; "
                "`warehouse run` takes it up."
            )
    status.show_purged(purged, now, is_dry=dry_run)
    return 0


@cli.command(
    "decide",
    epilog='warehouse decide vip instagram ann --reason "founding member"\n'
    "warehouse decide staff discord:jonas --workspace acme\n"
    "warehouse decide unflag da86f2b4-41a8-58d1-52b1-d4a45ed9b9c6\n"
    "warehouse decide --from decisions.csv --workspace acme",
)
@click.argument("words", nargs=-1, metavar="[DECISION FOLLOWER]")
@click.option("--reason", help="Why.")
@click.option("--notes", help="What else should be known.")
@click.option("--workspace", "-w", help="Where a name is known in several; whose a CSV is.")
@click.option(
    "--from",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A CSV of many decisions instead.",
)
@click.option("--demo", "of_demo", is_flag=True, help="Decide in the demo's database.")
def decide_command(
    *,
    words: tuple[str, ...],
    reason: str | None,
    notes: str | None,
    workspace: str | None,
    file: Path | None,
    of_demo: bool,
) -> int:
    """Record what people decide about an account.

    DECISION: vip, blocked, normal; flag, unflag (for review); staff, not-staff; bot, not-bot.
    FOLLOWER: the id, or platform and user name. In effect after the next `warehouse run`;
    the history is kept (`participant_decisions`).

    A CSV has a header: decision and follower (or platform and username, or platform and
    actor_id), and may have workspace, reason, notes, decided_by, decided_at. One wrong row,
    and nothing of it is recorded.
    """
    if (file is None) == (not words) or (file is not None and (reason or notes)):
        raise WarehouseError(
            "Say a decision and a follower, like `warehouse decide vip instagram ann`; or "
            "--from FILE alone.",
            USAGE,
        )
    with _database(of_demo=of_demo) as (_, session):
        if file is not None:
            many = decisions.read(session, file, workspace)
            recorded = decisions.record(session, many)
            unknown = decisions.of_unknown(session, many)
            status.after_decisions(len(many), recorded, unknown, _next_step(of_demo=of_demo))
            return 0
        word, *follower = words
        try:
            decision = decisions.decision(
                session, word, follower, workspace, reason=reason, notes=notes
            )
        except decisions.AmbiguousError as error:
            status.show_candidates(error.candidates)
            raise
        is_new = decisions.record(session, [decision]) == 1
        status.after_decision(decision, _next_step(of_demo=of_demo), is_new=is_new)
    return 0


@cli.command(
    "label",
    epilog="warehouse label\nwarehouse label --workspace acme",
)
@click.option("--workspace", "-w", help="Only the texts of this one.")
@click.option("--demo", "of_demo", is_flag=True, help="Label the demo's texts.")
def label_command(*, workspace: str | None, of_demo: bool) -> int:
    """Label the sentiment of texts that came without one.

    English only, by VADER; any other language, and what is too short to tell, gets no label.
    Each text is read once. Labels that a source delivers come first (seed
    sentiment_labelers). The next `warehouse run` takes the labels up.
    """
    with _database(of_demo=of_demo) as (_, session):
        # three seconds that no other command takes
        from warehouse.sentiment import Labeler  # noqa: PLC0415

        with console.progress() as bar:
            task = bar.add_task("Labelling", total=None, detail="")
            done = list(
                labels.label(
                    session, Labeler(), workspace, lambda count: bar.advance(task, count)
                )
            )
    status.after_labels(done, _next_step(of_demo=of_demo))
    return 0


@cli.command(
    "query",
    epilog='warehouse query "select * from top_engaged_followers limit 10"\n'
    'warehouse query --csv "table content_coverage" > coverage.csv\n'
    'warehouse query --demo "select * from follower_retention"\n'
    'warehouse query --schema march "select * from follower_cohorts"',
)
@click.argument("statement", metavar="SQL")
@click.option("--csv", "as_csv", is_flag=True, help="Write the whole result as CSV.")
@click.option("--demo", "of_demo", is_flag=True, help="Ask the demo's database.")
@click.option("--schema", metavar="NAME", help="Ask what `run --as-of … --schema` built.")
def query_command(statement: str, as_csv: bool, of_demo: bool, schema: str | None) -> int:
    """Ask the marts one question, as the read-only analyst."""
    target = demo.resolve() if of_demo else resolve(DATABASE)
    with queries.analyst(target, database.marts_of(schema)) as session:
        if as_csv:
            try:
                queries.write_csv(session, statement, sys.stdout.buffer)
            except BrokenPipeError:
                console.out.on_broken_pipe()
            return 0
        columns, rows = queries.ask(session, statement)
    if not columns:
        console.say("That statement has no result.")
        return 0
    console.table(columns, rows[: queries.MOST_ROWS])
    if len(rows) > queries.MOST_ROWS:
        console.warn(f"Only the first {queries.MOST_ROWS:,} rows; --csv writes all of them.")
    return 0


@cli.command(
    "psql",
    epilog="warehouse psql\nwarehouse psql -c '\\d marts.followers'",
    context_settings=PASSED_ON,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql_command(arguments: tuple[str, ...]) -> None:
    """Open the bundled psql as the database's owner.

    Arguments are passed on.
    """
    target = resolve(DATABASE)
    program = server.bin_dir() / "psql"
    os.execve(program, ["psql", *arguments], {**os.environ, **target.environment()})


@cli.command(
    "dbt",
    epilog="warehouse dbt build --select top_engaged_followers\nwarehouse dbt docs generate",
    context_settings=PASSED_ON,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def dbt_command(arguments: tuple[str, ...]) -> None:
    """Run dbt with the right profile.

    Arguments are passed on: `warehouse dbt build --help` is dbt's own help.
    """
    with _database() as (target, _):
        pass
    command_line(target, arguments)


@cli.command(
    "rejects",
    epilog="warehouse rejects\n"
    "warehouse rejects --reason naive_time --replay --timezone Europe/Berlin",
)
@click.option("--reason", help="Only rejects with this reason code.")
@click.option("--replay", is_flag=True, help="Try them again; what lands is a normal load.")
@click.option("--timezone", help="With --replay: zone of times without one.")
@click.option("--account", help="With --replay: the exporting account.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    help="How many to list.",
)
def rejects_command(
    reason: str | None, replay: bool, timezone: str | None, account: str | None, limit: int
) -> int:
    """List records that could not be landed, or try them again."""
    status.check_reason(reason)
    if (timezone or account) and not replay:
        raise WarehouseError("--timezone and --account go with --replay.", USAGE)
    declared = loading.Declared("", None, account, timezone)
    declared.context()
    with _database() as (_, session):
        if not replay:
            status.show_rejects(session, reason, limit)
            return 0
        return status.show_replays(rejects.replay(session, reason, declared))

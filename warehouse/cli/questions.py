"""Commands for whoever asks the marts: query, login, psql, dbt.

Source: SQL in the arguments, a file or standard input.
Shape:  tables, CSV or JSON; psql and dbt take the process over.
Errors: WarehouseError (usage) for words that do not go together; the rest passes.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import BinaryIO

import click

from warehouse import analysts, backup, console, database, queries
from warehouse.cli.shared import PASSED_ON, command, demo_option, owner, resolve
from warehouse.errors import USAGE, WarehouseError
from warehouse.reports.connections import after_login, show_logins
from warehouse.transform import command_line


@command(
    "query",
    'warehouse query "select * from top_engaged_followers limit 10"',
    'warehouse query --csv "table content_coverage" > coverage.csv',
    'warehouse query --json "select * from followers" > followers.json',
    "warehouse query --file question.sql --csv-safe > for_a_spreadsheet.csv",
    "cat question.sql | warehouse query -",
    'warehouse query --demo "select * from follower_retention"',
    'warehouse query --schema march "select * from follower_cohorts"',
)
@click.argument("statement", metavar="[SQL | -]", required=False)
@click.option(
    "--file", type=click.File("rb"), metavar="FILE", help="Read the question from a file."
)
@click.option("--csv", "form", flag_value="csv", help="Write the whole result as CSV.")
@click.option(
    "--csv-safe",
    "form",
    flag_value="csv-safe",
    help="The same for a spreadsheet: no text becomes a formula.",
)
@click.option(
    "--json", "form", flag_value="json", help="Write the whole result as a JSON array."
)
@demo_option("Ask the demo's database.")
@click.option(
    "--schema", metavar="NAME", help="Ask the marts that `run --as-of … --schema` built."
)
def query_command(
    *,
    statement: str | None,
    file: BinaryIO | None,
    form: str | None,
    of_demo: bool,
    schema: str | None,
) -> int:
    """Ask the marts a question, as the read-only analyst.

    SQL is one statement. `-` reads it from standard input.
    """
    statement = _asked(statement, file)
    target = resolve(of_demo=of_demo)
    with queries.analyst(target, database.marts_of(schema)) as session:
        if form is not None:
            try:
                if form == "json":
                    queries.write_json(session, statement, sys.stdout.buffer)
                else:
                    queries.write_csv(
                        session, statement, sys.stdout.buffer, is_safe=form == "csv-safe"
                    )
            except BrokenPipeError:
                console.out.on_broken_pipe()
            return 0
        columns, rows = queries.ask(session, statement)
    if not columns:
        console.say("The statement returned no columns.")
        return 0
    console.table(columns, rows[: queries.MOST_ROWS], widest=console.WIDEST_CELL)
    if len(rows) > queries.MOST_ROWS:
        console.warn(f"Only the first {queries.MOST_ROWS:,} rows are shown; --csv writes all.")
    return 0


def _asked(statement: str | None, file: BinaryIO | None) -> str:
    """The question, from wherever it is to be read."""
    if (statement is None) == (file is None):
        raise WarehouseError(
            'Ask one question: `warehouse query "select …"`, or --file FILE, or - for '
            "standard input.",
            USAGE,
        )
    if file is None and statement != "-":
        assert statement is not None
        return statement
    read = (file or sys.stdin.buffer).read()
    try:
        return read.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise WarehouseError(
            "The question is not UTF-8 text; save its file as UTF-8, then ask again.", USAGE
        ) from None


@command(
    "login",
    "warehouse login add metabase",
    "warehouse login list",
    "warehouse login remove metabase",
)
@click.argument("action", type=click.Choice(["add", "list", "remove"]))
@click.argument("name", required=False)
def login_command(action: str, name: str | None) -> int:
    """Give a person or a tool a login that only reads the marts.

    Each login has its own password and limits, and can be removed without affecting others.
    The password is shown once.
    """
    if (name is None) == (action != "list"):
        raise WarehouseError(
            "Name the login, like `warehouse login add metabase`; `warehouse login list` "
            "takes no name.",
            USAGE,
        )
    with owner() as (target, session):
        database.repair_analyst(target, session)
        if name is None:
            show_logins(analysts.listing(session))
        elif action == "add":
            after_login(replace(target, user=name), analysts.add(session, name))
        else:
            analysts.remove(session, name)
            console.say(f"The login {name} was removed and its sessions ended.")
    return 0


@command(
    "psql",
    "warehouse psql",
    "warehouse psql -c '\\d marts.followers'",
    context_settings=PASSED_ON,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql_command(arguments: tuple[str, ...]) -> None:
    """Open psql as the database's owner.

    The bundled psql is used; for your own server, one on your PATH comes first. Arguments are
    passed on.
    """
    target = resolve()
    program = backup.program(target, "psql")
    os.execve(program, ["psql", *arguments], {**os.environ, **target.environment()})


@command(
    "dbt",
    "warehouse dbt build --select top_engaged_followers",
    "warehouse dbt docs generate",
    context_settings=PASSED_ON,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def dbt_command(arguments: tuple[str, ...]) -> None:
    """Run dbt with the right profile.

    Arguments are passed on: `warehouse dbt build --help` is dbt's own help.
    """
    with owner() as (target, _):
        pass
    command_line(target, arguments)

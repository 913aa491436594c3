"""What several commands share: their form, their options, the database they work on.

Source: arguments and the environment.
Shape:  `command` declares a command with its examples, `owner` opens the prepared database.
Units:  an instant is ISO text with a zone; a day is its first instant in UTC.
Errors: WarehouseError where there is no database; click's own for wrong arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import click
import psycopg

from loaders.parsing import times
from warehouse import connection, database, demo_database
from warehouse.connection import Target
from warehouse.events import FORMS

DATABASE = "warehouse"
PASSED_ON = {  # --help right after the command is ours
    "ignore_unknown_options": True,
    "allow_interspersed_args": False,
    "help_option_names": ["--help"],
}


class Examples(click.Command):
    """A command whose help ends in examples."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples as they are, not as running text."""
        if self.epilog:
            with formatter.section("Examples"):
                for line in self.epilog.splitlines():
                    formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


def command(
    name: str, *examples: str, **settings: Any
) -> Callable[[Callable[..., Any]], Examples]:
    """Declare a command whose help ends in these examples."""
    return click.command(name, cls=Examples, epilog="\n".join(examples), **settings)


def resolve(*, of_demo: bool = False) -> Target:
    """Return the database that a command works on."""
    return demo_database.resolve() if of_demo else connection.resolve(DATABASE)


@contextmanager
def owner(*, of_demo: bool = False) -> Iterator[tuple[Target, psycopg.Connection]]:
    """Open the prepared database as its owner."""
    target = resolve(of_demo=of_demo)
    with target.connect(autocommit=True) as session:
        database.prepare(session)
        yield target, session


def _instant(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """Check a day or an instant before anything is begun; PostgreSQL reads fewer spellings."""
    if value is None:
        return None
    try:
        instant = datetime.fromisoformat(value)
        return (instant if instant.tzinfo else date.fromisoformat(value)).isoformat()
    except ValueError:
        raise click.BadParameter(
            "give a day, or an instant with its zone, like 2026-03-01 or 2026-03-01T12:00:00Z."
        ) from None


def instant_option(name: str, purpose: str) -> Callable[[Any], Any]:
    """Return an option that takes a day or an instant."""
    return click.option(name, callback=_instant, metavar="INSTANT", help=purpose)


def demo_option(purpose: str) -> Callable[[Any], Any]:
    """Return the option that leads to the demo's database."""
    return click.option("--demo", "of_demo", is_flag=True, help=purpose)


log_option = click.option(
    "--log",
    "form",
    type=click.Choice(FORMS),
    default=FORMS[0],
    help="Print sentences for people, or one JSON event per line.",
)
date_order_option = click.option(
    "--date-order",
    type=click.Choice(times.ORDERS),
    help="Order of dates like 06/10/2023, if no date in the file shows which is the day.",
)

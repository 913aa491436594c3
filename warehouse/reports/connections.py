"""How to connect, and who may.

Source: the database that a command works on, and its logins.
Shape:  tables and sentences on standard output.
Errors: none.
"""

from __future__ import annotations

from collections.abc import Sequence

from warehouse import console
from warehouse.analysts import Login
from warehouse.connection import Target
from warehouse.embedded import server


def show_connection(target: Target) -> None:
    """How a BI tool connects, and as whom."""
    if not target.embedded:
        console.say(f"Your own server: {target.display()}")
        return
    console.say(f"PostgreSQL is running: {target.display()}")
    analyst = target.analyst()
    console.say(f"For BI tools (read-only): {analyst.display()}")
    password = server.status().home / f"{analyst.user}.password"
    console.say(f"  its password is in {password}", style="dim")


def after_login(target: Target, secret: str) -> None:
    """How a new login connects; its password is shown this once."""
    console.say(f"Login {target.user}, which only reads the marts: {target.display()}")
    console.say(f"Its password, shown this once: {secret}")


def show_logins(logins: Sequence[Login]) -> None:
    """The logins of people and tools."""
    if not logins:
        console.say("There is no login yet; `warehouse login add NAME` creates one.")
        return
    console.table(
        ["login", "open connections"], [(each.name, each.connection_count) for each in logins]
    )

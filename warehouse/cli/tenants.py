"""The command about tenants: tenant.

Source: arguments and the environment.
Shape:  a table, or a login with its password; the command returns its exit code.
Errors: WarehouseError (usage) for words that do not go together; the rest passes.
"""

from __future__ import annotations

from dataclasses import replace

import click

from warehouse import console, tenants
from warehouse.cli.shared import command, owner
from warehouse.errors import USAGE, WarehouseError
from warehouse.reports.tenants import after_opening, show_tenants


@command(
    "tenant",
    "warehouse tenant add acme",
    "warehouse tenant list",
    "warehouse tenant rotate acme",
    "warehouse tenant remove acme",
)
@click.argument("action", type=click.Choice(["add", "list", "rotate", "remove"]))
@click.argument("workspace", required=False)
def tenant_command(action: str, workspace: str | None) -> int:
    """Give a client a login that only sees one workspace.

    The login finds every mart under its usual name, with the rows of its workspace. It has the
    limits of an analyst. The password is shown once; `rotate` makes another one and ends the
    sessions.
    """
    if (workspace is None) == (action != "list"):
        raise WarehouseError(
            "Name the workspace, like `warehouse tenant add acme`; `warehouse tenant list` "
            "takes none.",
            USAGE,
        )
    with owner() as (target, session):
        if workspace is None:
            show_tenants(tenants.listing(session))
        elif action == "remove":
            ended = tenants.remove(session, workspace)
            console.say(
                f"The tenant {workspace} was removed; "
                f"{console.many(ended, 'session')} ended. Its workspace stays as it is."
            )
        else:
            if action == "add":
                opened = tenants.add(session, workspace)
            else:
                opened = tenants.rotate(session, workspace)
            after_opening(workspace, replace(target, user=opened.login), opened)
    return 0

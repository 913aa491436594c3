"""The command about tenants: tenant.

Source: arguments and the environment.
Shape:  a table, or a login with its password; the command returns its exit code.
Errors: WarehouseError (usage) for words that do not go together; the rest passes.
"""

from __future__ import annotations

from dataclasses import replace

import click

from warehouse import tenants
from warehouse.cli.shared import command, owner
from warehouse.errors import USAGE, WarehouseError
from warehouse.reports.tenants import (
    after_opening,
    after_removal,
    before_opening,
    show_tenants,
)


@command(
    "tenant",
    "warehouse tenant add acme",
    "warehouse tenant list",
    "warehouse tenant rotate acme",
    "warehouse tenant remove acme --dry-run",
    "warehouse tenant remove acme",
)
@click.argument("action", type=click.Choice(["add", "list", "rotate", "remove"]))
@click.argument("workspace", required=False)
@click.option(
    "--dry-run", "is_dry", is_flag=True, help="Say what would happen; change nothing."
)
def tenant_command(action: str, workspace: str | None, *, is_dry: bool) -> int:
    """Give a client a login that only sees one workspace.

    add: make the login. It finds every mart under its usual name, with the rows of its
    workspace, and has the limits of an analyst. Its password is shown once.

    rotate: make another password, and end the sessions with the old one.

    remove: take the login away and end its sessions. The data of the workspace stay.

    list: show all of them.
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
            ended_count = tenants.remove(session, workspace, is_dry=is_dry)
            after_removal(workspace, ended_count, is_dry=is_dry)
        else:
            is_new = action == "add"
            change = tenants.add if is_new else tenants.rotate
            opened = change(session, workspace, is_dry=is_dry)
            if is_dry:
                before_opening(workspace, opened, is_new=is_new)
            else:
                after_opening(workspace, replace(target, user=opened.login), opened)
    return 0

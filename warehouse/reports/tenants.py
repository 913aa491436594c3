"""Tenants and their logins.

Source: `warehouse.tenants`.
Shape:  tables and sentences on standard output; what an administrator should do on standard
        error.
Errors: none.
"""

from __future__ import annotations

from collections.abc import Sequence

from warehouse import console
from warehouse.connection import Target
from warehouse.tenants import Opened, Tenant


def after_opening(workspace: str, target: Target, opened: Opened) -> None:
    """How a tenant connects; its password is shown this once."""
    console.say(f"Login {opened.login}, which only reads {workspace}: {target.display()}")
    console.say(f"Its password, shown this once: {opened.secret}")
    if opened.refused:
        console.warn(
            f"You may not set every limit of {opened.login}; let an administrator run "
            f"`{'; '.join(opened.refused)}`."
        )
    if opened.reach:
        console.warn(
            f"Everybody on this server, {opened.login} too, may use "
            f"{', '.join(opened.reach[:10])}; revoke that from public if tenants should not."
        )


def show_tenants(tenants: Sequence[Tenant]) -> None:
    """All tenants, since when, and what needs attention."""
    if not tenants:
        console.say("There is no tenant yet; `warehouse tenant add WORKSPACE` makes one.")
        return
    console.table(
        ["workspace", "login", "added", "by", "password since", "marts", "open connections"],
        [
            (
                each.workspace,
                each.login,
                each.added_at,
                each.added_by,
                each.rotated_at or each.added_at,
                each.shown_count,
                each.connection_count,
            )
            for each in tenants
        ],
    )
    for each in tenants:
        if not each.can_log_in:
            console.warn(
                f"{each.login} cannot log in; `warehouse tenant rotate {each.workspace}` gives "
                "it a password."
            )
        if each.stale_count:
            console.warn(
                f"{console.many(each.stale_count, 'view')} of {each.login} waits for the next "
                "`warehouse run`."
            )

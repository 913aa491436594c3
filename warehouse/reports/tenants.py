"""Tenants and their logins.

Source: `warehouse.tenants`.
Shape:  tables and sentences on standard output; what an administrator should do on standard
        error.
Errors: none.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from warehouse import console
from warehouse.connection import Target
from warehouse.tenants import Opened, Tenant


def after_opening(workspace: str, target: Target, opened: Opened) -> None:
    """How a tenant connects; its password is shown this once."""
    console.say(f"Login {opened.login}, which only reads {workspace}: {target.display()}")
    console.say(_seen(opened))
    if opened.ended_count:
        console.say(
            f"{console.many(opened.ended_count, 'session')} with the old password ended."
        )
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


def before_opening(workspace: str, opened: Opened, *, is_new: bool) -> None:
    """What adding a tenant, or giving it another password, would do."""
    if is_new:
        console.say(f"Would make the login {opened.login}, which only reads {workspace}.")
    else:
        console.say(
            f"Would give {opened.login} another password and end "
            f"{console.many(opened.ended_count, 'session')}."
        )
    console.say(f"{_seen(opened)} Nothing was changed.")


def after_removal(workspace: str, ended_count: int, *, is_dry: bool) -> None:
    """What the removal of a tenant did, or would do."""
    sessions = console.many(ended_count, "session")
    if is_dry:
        console.say(
            f"Would remove the tenant {workspace}, its login and its schema, and end "
            f"{sessions}. Nothing was changed."
        )
    else:
        console.say(
            f"The tenant {workspace} was removed; {sessions} ended. "
            "Its workspace stays as it is."
        )


def _seen(opened: Opened) -> str:
    if not opened.shown_count:
        return "There are no marts yet; the login sees them after `warehouse run`."
    return f"It sees {console.many(opened.shown_count, 'mart')}."


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
                f"{each.login} cannot log in; "
                f"`warehouse tenant rotate {shlex.quote(each.workspace)}` gives it a password."
            )
        if each.stale_count:
            console.warn(
                f"{console.many(each.stale_count, 'view')} of {each.login} waits for the next "
                "`warehouse run`."
            )

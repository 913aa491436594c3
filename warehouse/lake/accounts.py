"""Accounts of a lake by the names that people know: a lake has no `marts.followers` to ask.

Source: raw profiles and interactions of the lake.
Shape:  the one account of a platform and a name, or the platform's own id.
Errors: WarehouseError where nobody is known by the name, or several are.
"""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import sql

from warehouse.decisions import Account
from warehouse.errors import USAGE, WarehouseError
from warehouse.privacy.person import Ask

_NAMED = sql.SQL(
    "select workspace_id, actor_id from raw.profiles where platform = %(platform)s"
    " and (actor_id = %(name)s or display_name = %(name)s"
    " or ltrim(username, '@') = ltrim(%(name)s, '@'))"
    " union select workspace_id, actor_id from raw.interactions"
    " where platform = %(platform)s and actor_id = %(name)s"
)


def find(ask: Ask, named: Sequence[str], workspace: str | None) -> Account:
    """Return the account that `platform:name`, or platform and name, stand for."""
    platform, _, name = ":".join(named).partition(":")
    if not platform or not name:
        raise WarehouseError(
            "Name the account of a lake by platform and user name, like `instagram ann`.", USAGE
        )
    values = {"platform": platform.lower(), "name": name}
    found = [
        Account(place, platform.lower(), actor_id)
        for place, actor_id in sorted(ask(_NAMED, values))
        if workspace in (None, place)
    ]
    # an @name stands for an account until its id is known
    known = [account for account in found if not account.actor_id.startswith("@")] or found
    if not known:
        raise WarehouseError(f"Nobody in this lake is known as {name} on {platform}.")
    if len(known) > 1:
        ids = ", ".join(f"{each.actor_id} ({each.workspace_id})" for each in known)
        raise WarehouseError(
            f"{name} on {platform} matches {len(known)} accounts; give the platform's own id "
            f"and --workspace: {ids}."
        )
    return known[0]

"""The oracle: every mart about content and followers, computed again without a database.

Source: the specification of the marts; it shares no SQL with the warehouse.
Shape:  one `World` (a workspace, its deliveries, seeds, an instant) in -> `marts()`: name of a
        mart -> rows as dicts, in a fixed order.
Units:  instants are aware and in UTC; scores are Decimal; a count is an int, or None where the
        platform does not provide it.
Errors: none of its own; the caller passes only valid records of the generic format.

It uses plain loops on purpose: slow, but a reader can check it. The modules alerts, community,
issues, labels, participants and product compute the other marts.
"""

from __future__ import annotations

from oracle.accounts import EXCLUSIONS
from oracle.all_marts import MARTS, marts
from oracle.content import percentile
from oracle.facts import find_facts
from oracle.interactions import (
    conflicts,
    deliveries_per_interaction,
    interactions_in_effect,
    newest_version,
    states_of,
)
from oracle.posts import find_contents
from oracle.rules import documented_at, instant, key, local_date, week_end, week_of
from oracle.world import (
    DAY,
    TYPES,
    WEEKDAYS,
    ActorKey,
    Capability,
    Decision,
    Delivery,
    Row,
    Seeds,
    Workspace,
    World,
    capabilities_from_rows,
)

__all__ = [
    "DAY",
    "EXCLUSIONS",
    "MARTS",
    "TYPES",
    "WEEKDAYS",
    "ActorKey",
    "Capability",
    "Decision",
    "Delivery",
    "Row",
    "Seeds",
    "Workspace",
    "World",
    "capabilities_from_rows",
    "conflicts",
    "deliveries_per_interaction",
    "documented_at",
    "find_contents",
    "find_facts",
    "instant",
    "interactions_in_effect",
    "key",
    "local_date",
    "marts",
    "newest_version",
    "percentile",
    "states_of",
    "week_end",
    "week_of",
]

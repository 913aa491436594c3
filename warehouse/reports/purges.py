"""What a purge took away, or would.

Source: the result of `warehouse.purge`.
Shape:  a table and sentences on standard output.
Units:  days of UTC; counts are rows.
Errors: none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from warehouse import console
from warehouse.purge import Purged


def show_purged(purged: Sequence[Purged], now: datetime, *, is_dry: bool) -> None:
    """What a purge took away of each platform with a retention, or would."""
    if not purged:
        console.say("seeds/retention.csv has no row; nothing was removed.")
        return
    console.table(
        [
            "platform",
            "days kept",
            "interactions",
            "raw rows",
            "rejects",
            "evidence",
            "entries",
            "archived as",
            "oldest",
            "newest",
        ],
        [
            (
                item.platform,
                item.retention_days,
                item.interaction_count,
                item.delivered_count,
                item.rejected_count,
                item.evidence_count,
                item.entry_count,
                item.archived_count,
                _day(item.oldest),
                _day(item.newest),
            )
            for item in purged
        ],
    )
    for item in purged:
        if item.kept_count:
            console.say(
                f"{console.many(item.kept_count, 'interaction')} of {item.platform} of that "
                f"age {'stays' if item.kept_count == 1 else 'stay'}: issues need them."
            )
    moment = f"{now.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if is_dry:
        console.say(f"Age as of {moment}; nothing was removed.")
    else:
        console.say(f"Age as of {moment}; totals and scores did not change.")


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.astimezone(UTC).date()

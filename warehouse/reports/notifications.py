"""What `warehouse notify` sent, and what waits to be sent again.

Source: `warehouse.notifications`; raw.notifications.
Shape:  sentences; messages of a dry run as they would be sent; problems on standard error.
Errors: none; `after_notify` returns the exit code.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import psycopg

from warehouse import console
from warehouse.errors import FAILED, REJECTED

if TYPE_CHECKING:  # Apprise would cost `status` half a second
    from warehouse.notifications import Sent

WAITING = """
select
    channel,
    count(*),
    min(intended_at),
    (array_agg(problem order by attempted_at desc))[1]
from raw.notifications
where ended_at is null and sent_at is null and attempt_count > 0
group by channel
order by channel
"""


def show_dry(sent: Sequence[Sent]) -> None:
    """Print what would be sent."""
    if not sent:
        console.say("Nothing is new; no message would be sent.")
    for item in sent:
        console.title(f"To {item.message.channel}: {item.title}")
        for line in item.body.split("\n"):
            console.say(line)
    if sent:
        console.say("Nothing was sent: this was a dry run.")


def show_sent(sent: Sequence[Sent]) -> None:
    """Print what was sent, by channel, and what was not."""
    if not sent:
        console.say("Nothing is new; no message was sent.")
    taken: dict[str, list[int]] = defaultdict(list)
    for item in sent:
        if item.problem is None:
            taken[item.message.channel].append(len(item.message.alerts))
    for channel, counts in taken.items():
        alerts = console.many(sum(counts), "alert")
        console.say(f"{channel}: {alerts} sent in {console.many(len(counts), 'message')}.")
    for item in sent:
        if item.problem is not None:
            alerts = console.many(len(item.message.alerts), "alert")
            console.fail(
                f"{item.message.channel}: {alerts} not sent, because {item.problem}; the next "
                "`warehouse notify` tries again."
            )


def after_notify(sent: Sequence[Sent]) -> int:
    """Return the exit code that says what came of it."""
    failed = sum(item.problem is not None for item in sent)
    if not failed:
        return 0
    return FAILED if failed == len(sent) else REJECTED


def show_waiting(session: psycopg.Connection) -> None:
    """Say which channels did not take their alerts."""
    for channel, count, since, problem in session.execute(WAITING):
        console.warn(
            f"{channel}: {console.many(count, 'alert')} not sent since "
            f"{since:%Y-%m-%d %H:%M} UTC ({problem or 'the last attempt was interrupted'}); "
            "`warehouse notify` tries again."
        )

"""The command that tells people: notify.

Source: notifications.toml in the state folder; the alerts of the marts.
Shape:  sentences, or JSON lines; returns the exit code.
Errors: WarehouseError passes.
"""

from __future__ import annotations

import click

from warehouse import channels, events, notifications
from warehouse.cli.shared import command, log_option, owner
from warehouse.errors import USAGE, WarehouseError
from warehouse.reports.notifications import after_notify, show_dry, show_sent


@command(
    "notify",
    "warehouse notify --dry-run",
    "warehouse notify",
    "warehouse notify --log json",
)
@click.option("--dry-run", is_flag=True, help="Print the messages and send nothing.")
@log_option
def notify_command(dry_run: bool, form: events.Form) -> int:
    """Send new alerts to the channels in notifications.toml.

    The file stands in the state folder; docs/operators.md says how to write it. Each alert of
    the mart engagement_alerts is sent once per channel. What a channel did not take is sent
    again by the next `warehouse notify`.
    """
    if dry_run and form == "json":
        raise WarehouseError(
            "--dry-run prints messages for people, not events; leave out --log json.", USAGE
        )
    sent: list[notifications.Sent] = []
    with events.logged(form) as emit:
        declared = channels.read()
        with owner() as (target, session):
            for item in notifications.notify(target, session, declared, is_dry=dry_run):
                sent.append(item)
                if not dry_run:
                    emit(events.of_message(item))
    if dry_run:
        show_dry(sent)
    elif form == "text":
        show_sent(sent)
    return after_notify(sent)

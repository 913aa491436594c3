"""Commands about the server and its database: demo, up, down, status, backup, restore.

Source: arguments and the environment.
Shape:  sentences and tables, or JSON lines; each command returns its exit code.
Errors: WarehouseError passes.
"""

from __future__ import annotations

from pathlib import Path

import click

from warehouse import backup, console, database, demo, events
from warehouse.cli.shared import command, demo_option, log_option, owner, resolve
from warehouse.connection import is_embedded
from warehouse.embedded import server
from warehouse.privacy import restored
from warehouse.reports.connections import show_connection
from warehouse.reports.status import show_status


@command("demo", "warehouse demo")
def demo_command() -> int:
    """Load the sample exports, build the marts, show the answers.

    The samples have fixed dates and are shown as of their last day, in a separate database.
    """
    return demo.show()


@command("up", "warehouse up")
def up_command() -> int:
    """Start the embedded server and say how to connect."""
    with owner() as (target, session):
        refused = database.repair_analyst(target, session)
        show_connection(target)
    if refused:
        console.warn(
            f"{target.user} may not limit the analyst's role; let an administrator run "
            f"`{'; '.join(refused)}`."
        )
    return 0


@command("down", "warehouse down")
def down_command() -> int:
    """Stop the embedded server. All data stay."""
    if not is_embedded():
        console.say("DATABASE_URL names your own server; nothing was stopped.")
        return 0
    console.say("The server is stopped." if server.stop() else "The server was not running.")
    return 0


@command("status", "warehouse status", "warehouse status --demo")
@demo_option("Show the demo's database.")
def status_command(of_demo: bool) -> int:
    """Show the server, the last run, freshness and rejects."""
    if is_embedded() and not server.is_running():
        console.say("The embedded server is not running; `warehouse up` starts it.")
        return 0
    with owner(of_demo=of_demo) as (target, session):
        show_status(target, session)
    return 0


@command("backup", "warehouse backup warehouse_2026-03-01.dump")
@click.argument("file", type=click.Path(path_type=Path))
@log_option
def backup_command(file: Path, form: events.Form) -> int:
    """Write the whole database to one file, without stopping anything.

    The file contains what people wrote, so only you may read it.
    """
    with events.logged(form):
        size = backup.write(resolve(), file)
    events.tell(
        form,
        lambda: console.say(f"{file}: {size:,} bytes. `warehouse restore {file}` restores it."),
        events.BackupEnded(file=str(file), is_restored=False, byte_count=size),
    )
    return 0


@command("restore", "WAREHOUSE_HOME=new_folder warehouse restore warehouse.dump")
@click.argument("file", type=click.Path(path_type=Path))
@log_option
def restore_command(file: Path, form: events.Form) -> int:
    """Restore a backup into a database without loads."""
    with events.logged(form), owner() as (target, session):
        backup.restore(target, session, file)
        database.repair_analyst(target, session)
        warning = restored.warning(session)

    def show() -> None:
        console.say("Restored. `warehouse run` continues from the moment of the backup.")
        if warning is not None:
            console.warn(warning)

    events.tell(
        form,
        show,
        events.BackupEnded(file=str(file), is_restored=True, byte_count=file.stat().st_size),
    )
    return 0

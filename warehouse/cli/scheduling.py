"""The command that prints a schedule for this machine.

Source: arguments, the state folder, the environment.
Shape:  units on standard output, advice on standard error; returns exit code 0.
Errors: WarehouseError (usage) for what a scheduler cannot express.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from warehouse import channels, console, schedules, schemas, state
from warehouse.cli.declarations import declared, declared_options
from warehouse.cli.shared import command
from warehouse.errors import USAGE, WarehouseError
from warehouse.pulling import declarations
from warehouse.schedules import Job, Times

WRITERS: dict[str, Callable[[Job, Times], str]] = {
    "cron": schedules.cron,
    "systemd": schedules.systemd,
    "launchd": schedules.launchd,
}
# What chooses the warehouse and is no secret.
SETTINGS = ("WAREHOUSE_HOME", schemas.VARIABLE, "WAREHOUSE_POSTGRES_VERSION")


@command(
    "schedule",
    "warehouse schedule cron",
    "warehouse schedule systemd inbox/ --workspace acme --every 15m",
    "warehouse schedule systemd --at 06:05 --zone Europe/Berlin",
    "warehouse schedule launchd inbox/ --workspace acme --at 06:05",
)
@click.argument("scheduler", type=click.Choice([*WRITERS]))
@click.argument("paths", nargs=-1, metavar="[PATH]…")
@declared_options(needs_workspace=False)
@click.option("--every", metavar="TIME", help="How often, like 15m or 6h.  [default: 1h]")
@click.option("--at", metavar="HH:MM", help="Once a day at this time instead.")
@click.option("--zone", help="Time zone of --at, if it is not the machine's; for systemd only.")
def schedule_command(
    *,
    scheduler: str,
    paths: tuple[str, ...],
    every: str | None,
    at: str | None,
    zone: str | None,
    **said: Any,
) -> int:
    """Print a scheduled job for cron, systemd or launchd.

    The job loads each PATH, pulls if there is a sources.toml, runs, and notifies if there is a
    notifications.toml. A step that fails does not stop the next. Nothing is installed: the
    first lines say where to put what is printed. To react at once, use `warehouse watch`.
    """
    if every is not None and at is not None:
        raise WarehouseError("--every and --at exclude each other; use one.", USAGE)
    times = schedules.every(every or "1h") if at is None else _daily(at, zone, scheduler)
    if zone is not None and at is None:
        raise WarehouseError("--zone needs --at: other times are the same everywhere.", USAGE)
    job = Job(
        program=_program(),
        commands=(*_load(paths, said), *_others()),
        settings=tuple((name, os.environ[name]) for name in SETTINGS if os.environ.get(name)),
        project=state.project_root(),
        home=state.home(),
    )
    click.echo(WRITERS[scheduler](job, times), nl=False)
    console.warn(
        f"The job does not know this terminal's environment: write tokens and DATABASE_URL, if "
        f"you use them, as KEY=value lines into {job.home / schedules.SETTINGS}, "
        "and make that file yours alone with chmod 600."
    )
    return 0


def _program() -> tuple[str, ...]:
    """Return what starts this program from anywhere."""
    python = Path(sys.executable).absolute()
    script = python.with_name("warehouse")
    return (str(script),) if script.is_file() else (str(python), "-m", "warehouse")


def _load(paths: tuple[str, ...], said: dict[str, Any]) -> tuple[tuple[str, ...], ...]:
    """Return the command that loads, if there is something to load."""
    if not paths:
        if any(value is not None for value in said.values()):
            raise WarehouseError("Options about files need a PATH: name a folder.", USAGE)
        return ()
    if said["workspace"] is None:
        raise WarehouseError("A PATH needs --workspace: name the client or brand.", USAGE)
    if "-" in paths:
        raise WarehouseError("A schedule has no standard input; name a folder.", USAGE)
    declared(**said)
    if said["map_file"] is not None:
        said = {**said, "map_file": said["map_file"].absolute()}
    names = {"map_file": "map"}
    options = [
        word
        for name, value in said.items()
        if value is not None
        for word in (f"--{names.get(name, name).replace('_', '-')}", str(value))
    ]
    return (("load", *(str(Path(path).absolute()) for path in paths), *options),)


def _others() -> tuple[tuple[str, ...], ...]:
    """Return the commands after loading."""
    pull = (("pull",),) if declarations.place().exists() else ()
    notify = (("notify",),) if channels.place().exists() else ()
    return (*pull, ("run",), *notify)


def _daily(at: str, zone: str | None, scheduler: str) -> Times:
    try:
        begin = datetime.strptime(at, "%H:%M")  # noqa: DTZ007 (a time of day)
    except ValueError:
        raise WarehouseError(f"{at!r} is no time of day; write it like 06:05.", USAGE) from None
    if zone is not None:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise WarehouseError(
                f"{zone!r} is no time zone; use a name like Europe/Berlin.", USAGE
            ) from None
        if scheduler != "systemd":
            raise WarehouseError(
                f"{scheduler} goes by the machine's time zone; give --at in it, no --zone.",
                USAGE,
            )
    return Times((begin.minute,), (begin.hour,), zone)

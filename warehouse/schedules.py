"""Schedules: what cron, systemd or launchd of this machine need to load and run by the clock.

Source: what the job does (`Job`) and when (`Times`).
Shape:  text to install: a crontab line, a service with its timer, a property list. All three
        read KEY=value lines of the file `environment` in the state folder, if there is one:
        tokens and passwords stand there, never in what is printed.
Units:  hours and minutes of the machine's time zone; systemd can take another.
Errors: WarehouseError (usage) for times and paths that a scheduler cannot express.
"""

from __future__ import annotations

import plistlib
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from warehouse import durations
from warehouse.errors import USAGE, WarehouseError

NAME = "engagement-warehouse"
LABEL = f"local.{NAME}"
SETTINGS = "environment"  # file in the state folder
LOG = "schedule.log"  # of cron and launchd; systemd has its journal
MINUTE_OF_HOURS = 5  # few other jobs begin then

MINUTES, HOURS = 60, 24


@dataclass(frozen=True)
class Times:
    """When to begin: these minutes of these hours; of all hours where `hours` is empty.

    `zone`: a time zone that is not the machine's, which only systemd takes.
    """

    minutes: tuple[int, ...]
    hours: tuple[int, ...] = ()
    zone: str | None = None


@dataclass(frozen=True)
class Job:
    """What is done, one command after the other, whatever becomes of the one before.

    `program`: the words that start `warehouse`; `commands`: its arguments; `settings`:
    environment variables that are no secret; `home`: the state folder.
    """

    program: tuple[str, ...]
    commands: tuple[tuple[str, ...], ...]
    settings: tuple[tuple[str, str], ...]
    project: Path
    home: Path

    def __post_init__(self) -> None:
        """Refuse what no line of a unit can hold."""
        words = [*self.program, *(word for command in self.commands for word in command)]
        words += [str(self.project), str(self.home), *(each for _, each in self.settings)]
        for word in words:
            if not word.isprintable():
                raise WarehouseError(
                    f"{word!r} holds a character that a schedule cannot; rename it.", USAGE
                )

    @property
    def script(self) -> str:
        """The job for a shell, which goes on after a command that fails."""
        place = shlex.quote(str(self.home / SETTINGS))
        begin = [f"cd {shlex.quote(str(self.project))} || exit 1"]
        begin += [f"export {name}={shlex.quote(value)}" for name, value in self.settings]
        begin += [f"if [ -f {place} ]; then set -a; . {place}; set +a; fi"]
        commands = [shlex.join([*self.program, *command]) for command in self.commands]
        return "; ".join([*begin, *commands])


def every(span: str) -> Times:
    """Return the times of a job that begins every so often, like 15m or 6h."""
    seconds = durations.seconds_of(span)
    minutes = None if seconds is None or seconds % 60 else int(seconds // 60)
    if minutes and MINUTES % minutes == 0 and minutes < MINUTES:
        return Times(tuple(range(0, MINUTES, minutes)))
    if minutes and minutes % MINUTES == 0 and HOURS % (minutes // MINUTES) == 0:
        hours = tuple(range(0, HOURS, minutes // MINUTES))
        return Times((MINUTE_OF_HOURS,), () if len(hours) == HOURS else hours)
    raise WarehouseError(
        f"{span!r} does not divide an hour or a day; use a time such as 15m, 1h or 6h.", USAGE
    )


def cron(job: Job, times: Times) -> str:
    """Return a line of a crontab, with comments."""
    minutes = ",".join(map(str, times.minutes))
    hours = ",".join(map(str, times.hours)) or "*"
    log = shlex.quote(str(job.home / LOG))
    command = f"{{ {job.script}; }} >> {log} 2>&1".replace("%", "\\%")  # a % ends a command
    return f"# {NAME}: add this line with `crontab -e`\n{minutes} {hours} * * * {command}\n"


def systemd(job: Job, times: Times) -> str:
    """Return a service and its timer, for the units of a user."""
    folder = f"~/.config/systemd/user/{NAME}"
    *before, last = (_command(job.program, command) for command in job.commands)
    settings = [f"Environment={_quoted(f'{name}={value}')}" for name, value in job.settings]
    service = [
        f"# {folder}.service",
        "[Unit]",
        "Description=Load and run the engagement warehouse",
        "",
        "[Service]",
        "Type=oneshot",
        "KillMode=process",  # the bundled server, which a command may start, goes on
        f"WorkingDirectory={_specified(str(job.project))}",
        *settings,
        f"EnvironmentFile=-{_globbed(str(job.home / SETTINGS))}",
        *(f"ExecStart=-{command}" for command in before),  # the next one goes on
        f"ExecStart={last}",
    ]
    minutes = ",".join(f"{minute:02}" for minute in times.minutes)
    hours = ",".join(f"{hour:02}" for hour in times.hours) or "*"
    zone = "" if times.zone is None else f" {times.zone}"
    timer = [
        f"# {folder}.timer",
        f"# then: systemctl --user daemon-reload && systemctl --user enable --now {NAME}.timer",
        "# and, so that it runs when you are logged out: loginctl enable-linger",
        "[Unit]",
        "Description=When to load and run the engagement warehouse",
        "",
        "[Timer]",
        f"OnCalendar=*-*-* {hours}:{minutes}:00{zone}",
        "Persistent=true",  # what was missed while the machine was off is made up for
        "",
        "[Install]",
        "WantedBy=timers.target",
    ]
    return "\n".join([*service, "", *timer]) + "\n"


def launchd(job: Job, times: Times) -> str:
    """Return a property list for the agents of a user."""
    log = str(job.home / LOG)
    begins = [
        {"Minute": minute} if hour is None else {"Hour": hour, "Minute": minute}
        for hour in (times.hours or (None,))
        for minute in times.minutes
    ]
    told = {
        "Label": LABEL,
        "ProgramArguments": ["/bin/sh", "-c", job.script],
        "StartCalendarInterval": begins,
        "AbandonProcessGroup": True,  # the bundled server goes on
        "StandardOutPath": log,
        "StandardErrorPath": log,
    }
    heading = (
        f"<!-- ~/Library/LaunchAgents/{LABEL}.plist\n"
        f"     then: launchctl bootstrap gui/$(id -u) "
        f"~/Library/LaunchAgents/{LABEL}.plist -->\n"
    )
    declaration, rest = plistlib.dumps(told, sort_keys=False).decode().split("\n", 1)
    return f"{declaration}\n{heading}{rest}"


def _command(program: Sequence[str], arguments: Sequence[str]) -> str:
    """A command as systemd reads it: no specifiers, and no variables among its arguments."""
    executable, *others = program
    if any(each in executable for each in "\"'\\"):
        raise WarehouseError(
            f"systemd starts no program whose path has quotes or backslashes: {executable}; "
            "move the project to another folder.",
            USAGE,
        )
    said = (_quoted(word).replace("$", "$$") for word in (*others, *arguments))
    return " ".join([_quoted(executable), *said])


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{_specified(escaped)}"'


def _specified(text: str) -> str:
    return text.replace("%", "%%")


def _globbed(path: str) -> str:
    """A path where systemd takes a pattern."""
    return _specified("".join(f"[{each}]" if each in "*?[" else each for each in path))

"""Schedules: what schedulers would start, from folders whose names are hard to quote."""

from __future__ import annotations

import os
import plistlib
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from warehouse import schedules
from warehouse.errors import WarehouseError
from warehouse.schedules import Job, Times, cron, every, launchd, systemd

NAMES = ("plain", "two words", "100% $HOME", "it's", "a;b&c", "*[x]?", "grüße")
RECORDER = """#!/bin/sh
for word in "$@"; do printf '%s\\n' "$word"; done >> "$WAREHOUSE_HOME/started"
printf '%s %s\\n' "$PWD" "$TOKEN" >> "$WAREHOUSE_HOME/started"
exit 4
"""
FIELD = re.compile(r"\*|\d+(,\d+)*")  # the part of a crontab's grammar that is used
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


@pytest.fixture(params=NAMES)
def job(request: pytest.FixtureRequest, tmp_path: Path) -> Job:
    """A job of two commands whose program records how it was started."""
    folder = tmp_path / request.param
    folder.mkdir()
    program = folder / "warehouse"
    program.write_text(RECORDER)
    program.chmod(0o755)
    (folder / schedules.SETTINGS).write_text('TOKEN="a b"\n')
    load = ("load", str(folder / "inbox"), "--workspace", "acme")
    settings = (("WAREHOUSE_HOME", str(folder)),)
    return Job((str(program),), (load, ("run",)), settings, folder, folder)


def started(job: Job) -> list[str]:
    """Return the lines that the program wrote."""
    return (job.home / "started").read_text().splitlines()


def expected(job: Job) -> list[str]:
    """Return what it writes if both commands are started rightly."""
    end = f"{job.project} a b"
    return [word for command in job.commands for word in (*command, end)]


def crontab_fields(line: str) -> tuple[list[str], str]:
    """Return the five fields of a line and its command, as cron takes it."""
    *fields, command = line.split(maxsplit=5)
    assert len(fields) == 5
    for field, (least, most) in zip(fields, RANGES, strict=True):
        assert FIELD.fullmatch(field), field
        numbers = [] if field == "*" else [int(each) for each in field.split(",")]
        assert all(least <= number <= most for number in numbers)
    assert not re.search(r"(?<!\\)%", command)  # it would end the command
    return fields, command.replace("\\%", "%")


def test_cron_starts_the_job(job: Job) -> None:
    comment, line = cron(job, every("15m")).splitlines()
    assert comment.startswith("#")
    fields, command = crontab_fields(line)
    assert fields == ["0,15,30,45", "*", "*", "*", "*"]
    subprocess.run(["/bin/sh", "-c", command], env={}, cwd="/", check=False)
    assert started(job) == expected(job)


def test_launchd_starts_the_job(job: Job) -> None:
    told = plistlib.loads(launchd(job, every("12h")).encode())
    assert told["StartCalendarInterval"] == [
        {"Hour": 0, "Minute": 5},
        {"Hour": 12, "Minute": 5},
    ]
    subprocess.run(told["ProgramArguments"], env={}, cwd="/", check=False)
    assert started(job) == expected(job)


def test_systemd_starts_the_job(job: Job) -> None:
    """Its words are read by the rules of systemd.service(5) and systemd.exec(5)."""
    if "'" in job.program[0]:
        with pytest.raises(WarehouseError, match="quotes or backslashes"):
            systemd(job, every("1h"))
        return
    service, timer = units(job, every("1h"))
    lines = [line.split("=", 1) for line in service.splitlines() if "=" in line]
    settings = dict(lines)
    assert "OnCalendar=*-*-* *:05:00\n" in timer
    assert settings["WorkingDirectory"].replace("%%", "%") == str(job.project)
    (setting,) = shlex.split(settings["Environment"].replace("%%", "%"))
    place = re.sub(r"\[(.)\]", r"\1", settings["EnvironmentFile"].replace("%%", "%"))
    assert place == f"-{job.home / schedules.SETTINGS}"
    for (key, said), command in zip(lines[-2:], job.commands, strict=True):
        assert key == "ExecStart"
        program, *arguments = shlex.split(said.removeprefix("-").replace("%%", "%"))
        assert program == job.program[0]
        assert tuple(word.replace("$$", "$") for word in arguments) == command
    assert setting == f"WAREHOUSE_HOME={job.home}"


def units(job: Job, times: Times) -> tuple[str, str]:
    """Return the service and the timer, which stand in files of their own."""
    service, timer = systemd(job, times).split(
        f"\n\n# ~/.config/systemd/user/{schedules.NAME}.t"
    )
    return service, timer


VERIFIER = shutil.which("systemd-analyze")


@pytest.mark.skipif(VERIFIER is None, reason="this machine has no systemd")
def test_systemd_itself_accepts_the_units(job: Job, tmp_path: Path) -> None:
    if "'" in job.program[0]:
        return
    assert VERIFIER is not None
    service, timer = units(job, Times((5,), (6,), "Europe/Berlin"))
    files = [tmp_path / f"{schedules.NAME}.{kind}" for kind in ("service", "timer")]
    for file, text in zip(files, (service, f"# {timer}"), strict=True):
        file.write_text(text)
    said = subprocess.run(
        [VERIFIER, "verify", "--man=no", *map(str, files)],
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in said.stderr.splitlines() if schedules.NAME in line]
    assert ours == []


@pytest.mark.parametrize(
    ("span", "times"),
    [
        ("1m", Times(tuple(range(60)))),
        ("30m", Times((0, 30))),
        ("1h", Times((5,))),
        ("6h", Times((5,), (0, 6, 12, 18))),
        ("1d", Times((5,), (0,))),
    ],
)
def test_times_divide_an_hour_or_a_day(span: str, times: Times) -> None:
    assert every(span) == times


@pytest.mark.parametrize("span", ["7m", "5h", "90m", "30s", "0m", "2d", "often"])
def test_other_times_are_refused(span: str) -> None:
    with pytest.raises(WarehouseError, match="does not divide"):
        every(span)


def test_what_no_unit_can_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="rename it"):
        Job(("warehouse",), (("load", "in\nbox"),), (), tmp_path, tmp_path)

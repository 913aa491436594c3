"""The command that prints schedules: which steps the job has, and what it refuses."""

from __future__ import annotations

import plistlib
import shlex
from pathlib import Path

import pytest

from warehouse import state
from warehouse.cli.scheduling import schedule_command
from warehouse.errors import WarehouseError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of this test."""
    monkeypatch.setenv("WAREHOUSE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:secret@db/warehouse")
    return state.home()


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return what the command prints; neither that nor its advice holds a secret."""
    assert schedule_command.main([*arguments], standalone_mode=False) == 0
    said = capsys.readouterr()
    assert "secret" not in said.out + said.err
    return said.out


def steps(script: str) -> list[list[str]]:
    """Return the commands of a job, without what comes before them."""
    words = shlex.split(script)
    starts = [place for place, word in enumerate(words) if word.endswith("bin/warehouse")]
    ends = [*starts[1:], len(words)]
    return [words[start + 1 : end] for start, end in zip(starts, ends, strict=True)]


def test_the_job_has_the_steps_that_are_declared(
    capsys: pytest.CaptureFixture[str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(*arguments: str) -> list[list[str]]:
        told = plistlib.loads(printed(capsys, "launchd", *arguments).encode())
        script = told["ProgramArguments"][-1]
        assert f"export WAREHOUSE_HOME={home};" in script
        return steps(script)

    monkeypatch.chdir(home.parent)
    assert said() == [["run"]]
    (home / "sources.toml").touch()
    (home / "notifications.toml").touch()
    options = ["--date-order", "dmy", "--timezone", "Europe/Berlin", "--account", "me"]
    load = ["load", f"{home.parent}/in box", "--workspace", "acme", *options[:-1], "me;"]
    assert said("in box", "-w", "acme", *options) == [load, ["pull;"], ["run;"], ["notify"]]


def test_one_time_of_day(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, "cron", "--at", "6:05").splitlines()[1].startswith("5 6 * * * { ")
    berlin = printed(capsys, "systemd", "--at", "06:05", "--zone", "Europe/Berlin")
    assert "OnCalendar=*-*-* 06:05:00 Europe/Berlin\n" in berlin


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("cron", "--at", "25:00"), "no time of day"),
        (("cron", "--at", "6:05", "--every", "1h"), "exclude each other"),
        (("cron", "--at", "6:05", "--zone", "Europe/Berlin"), "goes by the machine's"),
        (("systemd", "--at", "6:05", "--zone", "Mars/Olympus"), "is no time zone"),
        (("systemd", "--zone", "Europe/Berlin"), "--zone needs --at"),
        (("systemd", "--every", "7m"), "does not divide"),
        (("systemd", "inbox"), "A PATH needs --workspace"),
        (("systemd", "-w", "acme"), "need a PATH"),
        (("systemd", "-w", "acme", "-"), "no standard input"),
        (("systemd", "-w", "a b", "inbox"), "A workspace is a name"),
    ],
)
def test_what_no_schedule_can_say(arguments: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(WarehouseError, match=sentence):
        schedule_command.main([*arguments], standalone_mode=False)

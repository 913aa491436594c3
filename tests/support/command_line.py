"""The command line as tests use it: in this process, or as a process of its own.

Shape:  arguments in; an exit code, standard output and standard error out.
Errors: AssertionError for a traceback or a password in what a command says.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple

import pytest
from copies import ROOT

from warehouse import cli
from warehouse.cli import shared
from warehouse.connection import Target

NAIVE = b'{"record":"interaction","platform":"web","id":"1","type":"like","actor_id":"u",'
NAIVE += b'"occurred_at":"2026-03-01T10:00:00"}\n'
GOOD = NAIVE.replace(b'00:00"', b'00:00Z"')


class Said(NamedTuple):
    """What a command came to."""

    code: int
    out: str
    err: str


class Console:
    """The command line in this process, on the database of these tests."""

    def __init__(self, target: Target) -> None:
        self._target = target

    def __call__(self, *arguments: object) -> Said:
        written = io.BytesIO(), io.BytesIO()
        out, err = (io.TextIOWrapper(stream, "utf-8", write_through=True) for stream in written)
        with (
            pytest.MonkeyPatch.context() as patch,
            redirect_stdout(out),
            redirect_stderr(err),
            pytest.raises(SystemExit) as ended,
        ):
            patch.setattr(shared, "DATABASE", self._target.dbname)
            patch.setattr("sys.argv", ["warehouse", *map(str, arguments)])
            cli.main()
        assert isinstance(ended.value.code, int)
        texts = (stream.getvalue().decode() for stream in written)
        return checked(self._target, Said(ended.value.code, *texts))

    def fails(self, *arguments: object, code: int = 1) -> str:
        """Return the one sentence that a command ends with."""
        said = self(*arguments)
        assert said.code == code, said
        (sentence,) = said.err.splitlines()
        assert sentence.startswith("✗ ")
        return sentence.removeprefix("✗ ")


def checked(target: Target, said: Said) -> Said:
    """No command shows a traceback or a password, whatever happens."""
    for text in (said.out, said.err):
        assert "Traceback" not in text
        assert "fault of the warehouse" not in text
        assert target.password not in text
    return said


HEEDING = """\
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
from warehouse.cli import main
main()
"""


def process(
    target: Target, *arguments: str, stdin: int | None = None, prelude: str = ""
) -> subprocess.Popen[str]:
    """Return the command line as a process of its own, which may do something before."""
    place = f"{target.host}:{target.port}/{target.dbname}"
    return subprocess.Popen(
        [sys.executable, "-c", prelude + HEEDING, *arguments],
        env={
            **os.environ,
            "DATABASE_URL": f"postgresql://{target.user}:{target.password}@{place}",
        },
        cwd=ROOT,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(target: Target, running: subprocess.Popen[str]) -> Said:
    """Return what a process came to."""
    out, err = running.communicate(timeout=120)
    return checked(target, Said(running.returncode, out, err))

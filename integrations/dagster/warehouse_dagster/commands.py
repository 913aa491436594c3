"""Commands of the warehouse, as steps of Dagster run them.

Source: the program of the project's own environment, which this one need not resemble.
Shape:  a command in, its exit code and its events out; each event is a line of the step's log.
Errors: RetryRequested while another run is active; dagster.Failure with the command's sentence.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import dagster as dg

PROJECT = Path(__file__).resolve().parents[3]
PROGRAM = PROJECT / ".venv" / "bin" / "warehouse"
HOME = Path(os.environ.get("WAREHOUSE_HOME") or PROJECT / ".warehouse")

BUSY, REJECTED = 3, 4  # exit codes, see docs/operators.md
BUSY_SECONDS, BUSY_TIMES = 30, 20
INTERRUPT_SECONDS = 12

Event = dict[str, Any]


class Ended(NamedTuple):
    """What a command came to."""

    code: int
    events: list[Event]

    def last(self, name: str) -> Event | None:
        """Return the last event of this name."""
        return next((told for told in reversed(self.events) if told["event"] == name), None)

    @property
    def is_done(self) -> bool:
        """Whether it did what it could, though something may have been rejected."""
        return self.code in (0, REJECTED)

    @property
    def problem(self) -> str:
        """Return the sentence with which it ended."""
        told = self.last("problem")
        if told is None:
            return f"The exit code is {self.code}; the step's stderr says why."
        return str(told["problem"])


def call(context: dg.AssetExecutionContext, *arguments: str) -> Ended:
    """Run a command to its end; what it tells people stays in the step's stderr."""
    events = []
    with subprocess.Popen(
        [PROGRAM, *arguments, "--log", "json"],
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                events.append(json.loads(line))
                context.log.info(line.rstrip())
        except BaseException:  # also where somebody terminates the run
            process.send_signal(signal.SIGINT)  # heeded within ten seconds
            with suppress(subprocess.TimeoutExpired):
                process.wait(INTERRUPT_SECONDS)
            process.terminate()  # where Dagster is a background job, SIGINT is ignored
            raise
    ended = Ended(process.returncode, events)
    if ended.code == BUSY:
        context.log.warning(f"{ended.problem} Next try in {BUSY_SECONDS} s.")
        raise dg.RetryRequested(max_retries=BUSY_TIMES, seconds_to_wait=BUSY_SECONDS)
    return ended

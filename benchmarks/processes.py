"""Commands of the warehouse, each in a process of its own, as people and schedules call them.

Source: `python -m warehouse`, with the state folder of the environment; dbt's own account of
        what it did (run_results.json).
Shape:  what one command took, and of a run what each of its models did.
Units:  seconds of the whole process, start included; peak bytes of memory, 0 where there is
        no /proc.
Errors: BenchmarkError with the last line that the command said.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from benchmarks.server import BenchmarkError
from warehouse import state
from warehouse.errors import REJECTED

POLL_SECONDS = 0.02


@dataclass(frozen=True)
class Done:
    """One command that has ended well.

    Of a run: `nodes` has the seconds of everything that dbt did, by kind and name;
    `dbt_seconds` are those of all of it, less than their sum where two are done at a time.
    `processor_seconds`: of the command and the processes that it started, the server apart.
    """

    seconds: float
    peak_bytes: int
    dbt_seconds: float = 0.0
    nodes: dict[tuple[str, str], float] = field(default_factory=dict)
    processor_seconds: float = 0.0

    @property
    def models(self) -> dict[str, float]:
        """Seconds of each model."""
        return {name: took for (kind, name), took in self.nodes.items() if kind == "model"}


class _Result(msgspec.Struct):
    unique_id: str
    execution_time: float


class _Account(msgspec.Struct):
    elapsed_time: float
    results: list[_Result]


def warehouse(*arguments: str) -> Done:
    """Do one command of the warehouse."""
    account = state.home() / "dbt" / "target" / "run_results.json"
    account.unlink(missing_ok=True)
    before = _processor_seconds()
    seconds, peak = measured([sys.executable, "-m", "warehouse", *arguments])
    done = Done(seconds, peak, processor_seconds=_processor_seconds() - before)
    if not account.is_file():
        return done
    dbt_seconds, nodes = told(account)
    return replace(done, dbt_seconds=dbt_seconds, nodes=nodes)


def _processor_seconds() -> float:
    """Return what all processes have taken that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def told(account: Path) -> tuple[float, dict[tuple[str, str], float]]:
    """What dbt tells of itself: seconds in all, and of each thing by kind and name."""
    found = msgspec.json.decode(account.read_bytes(), type=_Account)
    parts = [(result.unique_id.split("."), result.execution_time) for result in found.results]
    return found.elapsed_time, {(part[0], part[2]): took for part, took in parts}


def measured(
    command: Sequence[str],
    environment: dict[str, str] | None = None,
    folder: Path | None = None,
) -> tuple[float, int]:
    """Seconds and peak memory of a command that must end well."""
    with tempfile.TemporaryFile() as said:
        begun, peak = time.perf_counter(), 0
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=folder or state.project_root(),
        )
        try:
            while process.poll() is None:
                # the last one read: before its own program, a process has its parent's memory
                peak = peak_bytes(process.pid) or peak
                with suppress(subprocess.TimeoutExpired):
                    process.wait(POLL_SECONDS)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
        seconds = time.perf_counter() - begun
        said.seek(0)
        lines = said.read().decode(errors="replace").split("\n")
    if process.returncode not in (0, REJECTED):
        text = " ".join(line.strip() for line in lines if line.strip())[-500:]
        raise BenchmarkError(f"{' '.join(command[1:4])} failed: {text or 'it said nothing'}")
    return seconds, peak


def peak_bytes(process: int | str = "self") -> int:
    """The most memory that a process ever had; 0 where there is no /proc, or no process.

    The `ru_maxrss` of a process begins at what its parent had.
    """
    with suppress(OSError):
        status = Path(f"/proc/{process}/status").read_text()
        if "VmHWM:" in status:
            return int(status.split("VmHWM:")[1].split()[0]) * 1024
    return 0

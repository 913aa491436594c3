"""Great Expectations in a second process, so that dbt is loaded at the same time.

Source: what `Beside` writes: batches, and where they are; what `expectations` says of them.
Shape:  pickles through two pipes, between a program and its own child.
Errors: WarehouseError as `expectations` raises it, or where the process has ended early. The
        process ends when its parent does, however that ends.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from warehouse import state
from warehouse.connection import Target
from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    from warehouse.thresholds import Batch, Checked

CODE = "from warehouse.gate_process import main; main()"


class Beside:
    """A process that checks batches; it gets ready from the start."""

    def __init__(self) -> None:
        path = os.pathsep.join(
            filter(None, [str(state.project_root()), os.environ.get("PYTHONPATH")])
        )
        self._process = subprocess.Popen(
            [sys.executable, "-c", CODE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path},
            process_group=0,  # Ctrl-C is for its parent, which may want the answer
        )

    def __enter__(self) -> Beside:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def ask(self, target: Target, batches: Sequence[Batch], at: datetime) -> None:
        """Let it check; what it finds is the answer."""
        assert self._process.stdin is not None
        try:
            pickle.dump((target, batches, at), self._process.stdin)
            self._process.stdin.flush()
        except BrokenPipeError:
            raise _ended() from None

    def answer(self) -> list[Checked]:
        """Wait for what came of it."""
        assert self._process.stdout is not None
        try:
            found: list[Checked] | WarehouseError = pickle.load(self._process.stdout)
        except (EOFError, pickle.UnpicklingError):
            raise _ended() from None
        if isinstance(found, WarehouseError):
            raise found
        return found


def _ended() -> WarehouseError:
    return WarehouseError(
        "The quality gate's process ended before it had checked what was loaded; nothing was "
        "published. Run again."
    )


def main() -> None:
    """Be that process: one question, one answer."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    from warehouse import expectations  # noqa: PLC0415 (before the question comes)

    target, batches, at = pickle.load(sys.stdin.buffer)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    answer: Any
    try:
        answer = expectations.check(target, batches, at)
    except WarehouseError as error:
        answer = error
    pickle.dump(answer, answers)
    answers.flush()


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(1)

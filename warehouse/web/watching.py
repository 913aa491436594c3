"""`warehouse serve --watch`: runs in a second process, so that a build delays no answer.

Source: what has landed, whoever landed it; the server's own spool among them.
Shape:  a context with a child that goes round as `warehouse watch` does, and tells its events.
Units:  seconds.
Errors: none of its own. The child ends when its parent does, however that ends.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from warehouse import events, state, watch
from warehouse.cli import shared
from warehouse.reports.events import show_event

EVERY_SECONDS = 1.0  # between two looks; a look costs milliseconds
PATIENCE_SECONDS = 10  # with a step that is under way at the end
CODE = "from warehouse.web.watching import main; main()"


@contextmanager
def beside(form: events.Form) -> Iterator[None]:
    """Let a process run whenever something is new, until the context ends."""
    path = os.pathsep.join(
        filter(None, [str(state.project_root()), os.environ.get("PYTHONPATH")])
    )
    running = subprocess.Popen(
        [sys.executable, "-c", CODE, form],
        stdin=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    )
    try:
        yield
    finally:
        assert running.stdin is not None
        running.stdin.close()  # which stops it after the current step
        try:
            running.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            running.kill()  # the next run finishes what a killed one left
            running.wait()


def main() -> None:
    """Be that process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches it, too; its parent decides
    stopping = threading.Event()
    threading.Thread(target=_stop_with_parent, args=(stopping,), daemon=True).start()
    emit = events.printer("json") if sys.argv[1] == "json" else show_event
    watch.watch((), every=EVERY_SECONDS, resolve=shared.resolve, emit=emit, stopping=stopping)


def _stop_with_parent(stopping: threading.Event) -> None:
    sys.stdin.buffer.read()
    stopping.set()

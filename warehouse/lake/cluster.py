"""Workers of Spark: how many this machine has, where they keep their logs, whether any is left.

Source: the cores and the memory of this machine; the master's URL; a session's executors.
Shape:  `default_master` and `settings` for workers of this machine; a `Watch` for all others,
        too.
Units:  memory in MB, seconds.
Errors: none: a watch says what it saw and stops the session, so that the build ends.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import tempfile
import threading
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

DRIVER_MB = 2048
CORES_EACH, LEAST_MB, MOST_MB = 4, 1024, 8192  # of a worker on this machine
PATIENCE_SECONDS = 180  # longer than Spark takes to miss a worker, and to start another one
_LOOK_SECONDS = 5
_WORKERS = re.compile(r"local-cluster\[\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*\]")


def default_master() -> str:
    """Return worker processes on all cores of this machine, with half of its memory.

    A process with a thread per core where that is too little for two workers.
    """
    cores = os.cpu_count() or 1
    memory_mb = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
    return master_of(cores, memory_mb)


def master_of(cores: int, memory_mb: int) -> str:
    """Return the master for so many cores and so much memory."""
    workers = max(2, -(-cores // CORES_EACH))
    each_mb = min((memory_mb // 2 - DRIVER_MB) // workers, MOST_MB)
    if cores < workers or each_mb < LEAST_MB:
        return f"local[{cores}]"
    return f"local-cluster[{workers},{cores // workers},{each_mb}]"


def settings(master: str) -> dict[str, str]:
    """Return what a session with workers of this machine needs: all memory that they have."""
    found = _WORKERS.fullmatch(master)
    return {} if found is None else {"spark.executor.memory": f"{found[3]}m"}


@cache
def home() -> Path:
    """Return Spark's folder for this process, in which its workers may write their logs.

    Workers write to the folder `work` of SPARK_HOME, and that of the installed package may
    not be ours.
    """
    import pyspark  # noqa: PLC0415 (an extra)

    folder = Path(tempfile.mkdtemp(prefix="warehouse-spark-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for part in Path(pyspark.__file__).parent.iterdir():
        if part.name != "work":
            (folder / part.name).symlink_to(part)
    return folder


class Watch:
    """Stops a session whose jobs have been without any worker for too long.

    Spark itself waits for ever.
    """

    def __init__(self, spark: SparkSession) -> None:
        self._spark = spark
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.sentence: str | None = None

    def _watch(self) -> None:
        context = self._spark.sparkContext
        executors, jobs = context._jsc.sc(), context.statusTracker()
        without = 0.0
        while not self._is_over.wait(_LOOK_SECONDS):
            try:
                # one is the driver's own; without jobs a cluster may give workers back
                is_waiting = (
                    executors.getExecutorMemoryStatus().size() <= 1 and jobs.getActiveJobsIds()
                )
            except Exception:  # Spark has ended, and whoever waits for it is told
                return
            without = without + _LOOK_SECONDS if is_waiting else 0.0
            if without >= PATIENCE_SECONDS:
                self.sentence = (
                    f"Spark has had no worker for {without:.0f} seconds; "
                    "see that workers reach the master and this machine, then build again."
                )
                self._spark.stop()
                return

    def __enter__(self) -> Self:
        if self._spark.sparkContext.master.startswith("local["):
            return self  # the driver works itself
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_over.set()

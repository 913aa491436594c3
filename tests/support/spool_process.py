"""A process that appends to a spool until it is killed, and what a spool holds."""

from __future__ import annotations

import asyncio
import itertools
import os
import subprocess
import sys
import time
from pathlib import Path

from warehouse.spool import Limits, Record, Spool, segments

PROJECT = Path(__file__).resolve().parents[2]
AT_ONCE = 5
SMALL = Limits(segment_bytes=2_000)  # so that it is killed between segments, too


def recorded(folder: Path) -> list[bytes]:
    """Return the bodies of all whole records of a spool, without the spaces around them."""
    return [
        record.body.strip()
        for path in sorted(folder.glob("*.segment"))
        for record in segments.read(path.read_bytes()).records
    ]


def killed_after(folder: Path, seconds: float, begin: int) -> list[int]:
    """Kill a process some time after its first answer; return which numbers were answered."""
    process = subprocess.Popen(
        [sys.executable, __file__, str(folder), str(begin)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(PROJECT), *sys.path])},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    time.sleep(seconds)
    process.kill()
    rest, _ = process.communicate()
    return [int(line) for line in (first + rest).split(b"\n")[:-1]]


async def append(folder: Path, begin: int) -> None:
    """Append for ever, several at a time; write the number of each answered record."""
    numbers = itertools.count(begin)

    async def one(spool: Spool) -> None:
        for number in numbers:
            await spool.append(Record("acme", "product", "tracking_json", b"%d" % number))
            os.write(1, b"%d\n" % number)

    async with Spool(folder, SMALL) as spool:
        await asyncio.gather(*(one(spool) for _ in range(AT_ONCE)))


if __name__ == "__main__":
    asyncio.run(append(Path(sys.argv[1]), int(sys.argv[2])))

"""A spool has one owner, and no kill of it loses an answered record.

The long form is tests/soak/test_many_spool_kills.py.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from spool_process import killed_after, recorded

from warehouse.errors import BUSY
from warehouse.spool import Spool


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    code = (
        "import asyncio, sys; from pathlib import Path; from warehouse.spool import Spool\n"
        "async def work():\n"
        "    async with Spool(Path(sys.argv[1])): pass\n"
        "try: asyncio.run(work())\n"
        "except Exception as error: print(error); sys.exit(error.exit_code)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "spool")]

    async def work() -> subprocess.CompletedProcess[str]:
        async with Spool(tmp_path / "spool"):
            return subprocess.run(command, capture_output=True, text=True, check=False)

    said = asyncio.run(work())
    assert (said.returncode, "Another process" in said.stdout) == (BUSY, True), said
    assert subprocess.run(command, check=False).returncode == 0


def test_killed_at_any_moment_every_answered_record_is_there(tmp_path: Path) -> None:
    """Each process takes over what the ones before it left."""
    answered: list[int] = []
    for attempt in range(8):
        answered += killed_after(tmp_path / "spool", 0.02 * attempt, begin=attempt * 1_000_000)
    found = [int(body) for body in recorded(tmp_path / "spool")]
    assert len(answered) > 20
    assert set(answered) <= set(found)
    assert len(found) == len(set(found))

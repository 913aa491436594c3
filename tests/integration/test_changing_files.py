"""A file that changes while it is loaded lands whole, under its own checksum, or not at all."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import psycopg
from changing_files import check_trial, lines
from command_line import GOOD, Console

TRIALS = 20


def test_nothing_is_lost_or_landed_under_a_wrong_checksum(
    session: psycopg.Connection, tmp_path: Path
) -> None:
    refused = sum(check_trial(session, tmp_path, number) for number in range(TRIALS))
    assert refused > TRIALS // 4


def test_a_changing_file_is_one_sentence(
    warehouse: Console, session: psycopg.Connection, tmp_path: Path
) -> None:
    path = tmp_path / "log.ndjson"
    path.write_bytes(lines(30_000))
    is_over = threading.Event()

    def keep_growing() -> None:
        while not is_over.wait(0.001):
            with path.open("ab") as stream:
                stream.write(GOOD)
                os.fsync(stream.fileno())

    writer = threading.Thread(target=keep_growing)
    writer.start()
    try:
        sentence = warehouse.fails("load", path, "-w", "growing")
    finally:
        is_over.set()
        writer.join()
    assert sentence == (
        f"{path} changed while it was being read, so nothing of it landed; "
        "load it again when no program writes to it"
    )
    found = session.execute("select from raw.loads where workspace_id = 'growing'")
    assert found.rowcount == 0
    assert warehouse("load", path, "-w", "growing").code == 0

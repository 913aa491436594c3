"""Kills of a Singer target whose tap goes on at the last state: nothing is lost or doubled."""

from __future__ import annotations

import json
import random
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from command_line import process
from singer_lines import of_map, record, schema, standing, state

from warehouse.connection import Target

pytestmark = pytest.mark.first_build

KILLS, RECORDS = 100, 400
PADDING = "x" * 30_000  # so that a batch is full after some 280 records


def test_many_kills(
    target: Target, session: psycopg.Connection, share: Callable[[int], int], tmp_path: Path
) -> None:
    chart, dice = tmp_path / "map.toml", random.Random(11)
    chart.write_text(of_map())
    options = ("load", "-", "-w", "killed", "--singer", "--map", str(chart))
    reached = killed = kept = 0
    for turn in range(share(KILLS) + 1):
        is_last = turn == share(KILLS)
        running = process(target, *options, stdin=subprocess.PIPE)
        assert running.stdin is not None
        assert running.stdout is not None
        lines = [schema()]
        for number in range(reached + 1, reached + RECORDS + 1):
            lines.append(record(number, text=PADDING))
            if number % 50 == 0:
                lines.append(state(number))

        def feed(lines: list[str] = lines, running: subprocess.Popen[str] = running) -> None:
            with suppress(BrokenPipeError):
                assert running.stdin is not None
                running.stdin.writelines(lines)
                running.stdin.close()

        feeder = threading.Thread(target=feed)
        feeder.start()
        if not is_last:
            timer = threading.Timer(dice.uniform(0.2, 2.5), running.kill)
            timer.start()
        states = [json.loads(line) for line in running.stdout if line.endswith("\n")]
        running.wait(60)
        feeder.join()
        if not is_last:
            timer.cancel()
            killed += running.returncode != 0
        kept += bool(states)
        before, reached = reached, max([reached, *states])
        found = standing(session, "killed")
        assert {str(number) for number in range(1, reached + 1)} <= found, (turn, before)
        running.stdout.close()
    assert running.returncode == 0
    assert standing(session, "killed") == {str(n) for n in range(1, reached + 1)}
    print(f"{killed} of {share(KILLS)} were killed, {kept} had given a state back.")  # noqa: T201 (a figure)

"""A hundred changes of five kinds to files during their loads, in any pass."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
from changing_files import check_trial

TRIALS = 120


def test_nothing_is_lost_or_landed_under_a_wrong_checksum(
    session: psycopg.Connection, share: Callable[[int], int], tmp_path: Path
) -> None:
    for number in range(share(TRIALS)):
        check_trial(session, tmp_path, 1000 + number)

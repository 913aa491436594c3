"""An archive as large as a real one: 700,000 messages, 113 channels, 11,000 parts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
from chat_archive import Size, check


def test_a_whole_archive(
    session: psycopg.Connection, tmp_path: Path, share: Callable[[int], int]
) -> None:
    size = Size(max(share(113), 11), max(share(11_000), 120), max(share(700_000), 4_000))
    check(session, tmp_path, size)

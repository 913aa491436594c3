"""An archive of many channels and parts lands whole, and again with nothing new."""

from __future__ import annotations

from pathlib import Path

import psycopg
from chat_archive import Size, check


def test_an_archive_of_channels(session: psycopg.Connection, tmp_path: Path) -> None:
    check(session, tmp_path, Size(channels=11, parts=120, messages=4_000))

"""Loads of one workspace at a time for tests of the quality gate, and what the gate reports."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from loaders.landing import Source, land
from loaders.parsing.formats import Context
from loaders.reading.documents import Document
from loaders.registry import recognise
from warehouse import gate
from warehouse.connection import Target
from warehouse.thresholds import Checked

pytestmark = pytest.mark.first_build
BAD = b'{"record":"interaction","platform":"web","id":"1"}\n'
HEADER = "platform,measure,severity,threshold,minimum_records\n"
NAIVE = "2026-03-01T10:00:00"
WORKSPACE = "acme"


def line(number: int, **more: object) -> bytes:
    """Return one interaction of the exchange format."""
    record: dict[str, object] = {
        "record": "interaction",
        "platform": "web",
        "id": f"c{number}",
        "type": ("comment", "like")[number % 2],
        "actor_id": f"u{number % 97}",
        "occurred_at": "2026-03-01T10:00:00Z",
        "text": "words",
    }
    return json.dumps(record | more).encode() + b"\n"


class Here:
    """Great Expectations in this process, where `gate.Beside` has one of its own.

    The process of a run is that of test_news.py.
    """

    _checked: list[Checked]

    def __enter__(self) -> Here:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def ask(self, *asked: Any) -> None:
        """Check at once."""
        from warehouse import expectations  # noqa: PLC0415 (seconds that few tests need)

        self._checked = expectations.check(*asked)

    def answer(self) -> list[Checked]:
        """Return what was found."""
        return self._checked


class Landing:
    """Loads, of one workspace unless said, and what the gate says of them."""

    def __init__(self, target: Target, session: psycopg.Connection) -> None:
        self.target = target
        self.session = session
        self.number = 0
        self.workspace = WORKSPACE

    def land(self, *lines: bytes, session: psycopg.Connection | None = None) -> int:
        """Land one file; returns its load id."""
        with Document.spool(io.BytesIO(b"".join(lines)), f"file {self.number}") as document:
            _, fmt = recognise(document, "generic")
            source = Source(workspace=self.workspace, platform="generic")
            return land(session or self.session, document, fmt, source, Context()).load_id

    def land_good(
        self, count: int = 200, session: psycopg.Connection | None = None, **more: object
    ) -> int:
        """Land a file of records that there have not been."""
        self.number += 1
        start = 1_000_000 * self.number
        lines = (line(start + number, **more) for number in range(count))
        return self.land(*lines, session=session)

    def land_history(self, loads: int = gate.FEWEST, count: int = 200) -> None:
        """Loads that a run has taken up."""
        for _ in range(loads):
            self.land_good(count)
        self.session.execute("update raw.loads set run_seq = 0")

    def check(self, **options: Path | str | bool) -> gate.Verdict:
        """Return what the gate says of what waits."""
        verdict = gate.check(self.target, self.session, **options)  # type: ignore[arg-type]
        assert verdict is not None
        return verdict

    def passed(self) -> list[int]:
        """Return which loads the gate has let through."""
        rows = self.session.execute(
            "select load_id from raw.loads where run_seq is null and gated_at is not null"
            " order by load_id"
        )
        return [load_id for (load_id,) in rows]

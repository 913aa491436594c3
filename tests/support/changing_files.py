"""Files that another program changes while they are loaded.

Shape:  a number in, one trial out: a file, a kind of change and the reads between which it
        happens. The change can hit any pass: recognition, checksum, read-ahead, parsing.
Errors: AssertionError where a row is lost or landed under the checksum of other bytes.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from loaders.landing import Load, Source, land
from loaders.parsing.formats import Context
from loaders.reading.documents import Document, DocumentError
from loaders.reading.streams import Pass
from loaders.registry import RecognitionError, recognise

KINDS = ("same bytes again", "other bytes", "truncated", "grown", "replaced")
LINES = 6_000
READS = 30


class Change:
    """A change of a file in two steps, each after so many reads of the loader."""

    def __init__(self, path: Path, kind: str, chance: random.Random) -> None:
        self._path = path
        self._before = path.read_bytes()
        self._steps = sorted(chance.sample(range(1, READS), 2))
        self._reads = 0
        half = len(self._before) // 2
        other = self._before.replace(b"first", b"other")
        begun, ended = {
            "same bytes again": (self._rewrite(b""), self._rewrite(self._before)),
            "other bytes": (self._rewrite(other[:half]), self._rewrite(other)),
            "truncated": (self._cut(half), self._cut(half // 2)),
            "grown": (self._grow(self._before[-200:]), self._grow(self._before[-400:])),
            "replaced": (self._replace(other), self._replace(self._before)),
        }[kind]
        self._changes = [begun, ended]

    def on_read(self) -> None:
        """Count a read; change the file where its time has come."""
        self._reads += 1
        if self._steps and self._reads >= self._steps[0]:
            self._steps.pop(0)
            self._changes.pop(0)()

    def finish(self) -> None:
        """Do what is left, so that nothing writes to the file any more."""
        while self._changes:
            self._changes.pop(0)()

    def _rewrite(self, content: bytes) -> Callable[[], object]:
        return lambda: self._path.write_bytes(content)

    def _cut(self, size: int) -> Callable[[], object]:
        def cut() -> None:
            with self._path.open("r+b") as stream:
                stream.truncate(size)

        return cut

    def _grow(self, content: bytes) -> Callable[[], object]:
        def grow() -> None:
            with self._path.open("ab") as stream:
                stream.write(content)

        return grow

    def _replace(self, content: bytes) -> Callable[[], object]:
        def replace() -> None:
            draft = self._path.with_suffix(".draft")
            draft.write_bytes(content)
            draft.replace(self._path)

        return replace


def lines(count: int) -> bytes:
    """Return a record of the exchange format."""
    return b"".join(
        b'{"record":"interaction","platform":"web","id":"%d","type":"comment","actor_id":"u%d",'
        b'"occurred_at":"2026-03-01T10:00:00Z","text":"the first %s"}\n'
        % (number, number % 97, b"word " * 40)
        for number in range(count)
    )


def export(count: int) -> bytes:
    """Return a Discord export whose guild and channel follow the messages: it is read ahead."""
    messages = [
        {
            "id": str(700000000000000000 + number),
            "type": "Default",
            "timestamp": "2026-03-01T10:00:00+00:00",
            "content": "the first " + "word " * 40,
            "author": {"id": str(number % 97 + 1), "name": "ann"},
        }
        for number in range(count)
    ]
    around = {
        "guild": {"id": "700000000000000001", "name": "Pond"},
        "channel": {"id": "700000000000000002", "name": "log", "type": "GuildTextChat"},
    }
    return json.dumps({**around, "messages": messages, "messageCount": count}).encode()


def check_trial(session: psycopg.Connection, folder: Path, number: int) -> bool:
    """Change a file while it is loaded; whether the load was refused."""
    chance = random.Random(number)
    content = (lines if number % 2 else export)(LINES)
    path = folder / f"{number}.json"
    path.write_bytes(content)
    change = Change(path, KINDS[number // 2 % len(KINDS)], chance)
    workspace = f"trial {number}"
    plain = Pass.read

    def read(self: Pass, size: int = -1, /) -> bytes:
        change.on_read()
        return plain(self, size)

    is_refused = False
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pass, "read", read)
        try:
            _load(session, path, workspace)
        except (DocumentError, RecognitionError):
            is_refused = True
    assert _stored(session, workspace) == (0 if is_refused else 1), number
    change.finish()
    last = _load(session, path, workspace)
    final = path.read_bytes()
    row = session.execute(
        "select content_sha256, n_in, (select count(*) from raw.interactions as one"
        " where one.load_id = lds.load_id and one.text is not null) from raw.loads as lds"
        " where load_id = %s",
        (last.load_id,),
    ).fetchone()
    assert row is not None
    checksum, n_in, landed = row
    assert checksum == hashlib.sha256(final).digest(), number
    assert last.n_in == n_in
    assert (
        landed
        == last.n_landed
        >= final.count(b"occurred_at" if number % 2 else b"timestamp") - 1
    )
    if not is_refused and final == content:
        assert not last.is_new, number
    return is_refused


def _load(session: psycopg.Connection, path: Path, workspace: str) -> Load:
    with Document.open(path) as document:
        module, fmt = recognise(document)
        source = Source(workspace=workspace, platform=module.PLATFORM)
        return land(session, document, fmt, source, Context())


def _stored(session: psycopg.Connection, workspace: str) -> int:
    row = session.execute(
        "select count(*) from raw.loads where workspace_id = %s", (workspace,)
    ).fetchone()
    assert row is not None
    return int(row[0])

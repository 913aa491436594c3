"""Other tools that land the same file, where they are installed; none is a dependency.

Source: dlt in this Python, a Singer target for PostgreSQL as `target-postgres` on the PATH
        (pipelinewise-target-postgres, meltanolabs-target-postgres).
Shape:  seconds of one landing, or None where the tool is not installed. Lines that are no
        JSON are left out beforehand: these tools would stop at them. What the Singer target
        reads is written before the clock starts.
Errors: BenchmarkError with the last line the tool said, or where rows are missing.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
from psycopg import sql

from benchmarks.server import BenchmarkError
from warehouse.connection import Target

TARGET = "target-postgres"
_LAND_WITH_DLT = """\
import json, os, sys
import dlt

def pages(path, size=5_000):
    page = []
    with open(path, encoding="utf-8") as stream:
        for line in stream:
            page.append(json.loads(line))
            if len(page) == size:
                yield page
                page = []
    yield page

address = os.environ["BENCHMARK_ADDRESS"]
pipeline = dlt.pipeline(
    "benchmark",
    destination=dlt.destinations.postgres(address),
    dataset_name="with_dlt",
    pipelines_dir=sys.argv[2],
)
resource = dlt.resource(pages(sys.argv[1]), name="lines", max_table_nesting=0)
pipeline.run(resource, write_disposition="append")
"""
_TEXT = {"type": ["null", "string"]}
_SCHEMA = {
    "interaction": "platform id type actor_id post_id occurred_at text metadata version_at",
    "profile": "platform actor_id username display_name follower_count observed_at",
    "post": "platform post_id title url posted_at",
    "content": "content_id title posts tags",
}
_OTHER_TYPES: dict[str, dict[str, Any]] = {
    "occurred_at": {"type": ["null", "string"], "format": "date-time"},
    "version_at": {"type": ["null", "string"], "format": "date-time"},
    "follower_count": {"type": ["null", "integer"]},
    "metadata": {"type": ["null", "object"]},
    "posts": {"type": ["null", "array"]},
    "tags": {"type": ["null", "array"]},
}


def readable(path: Path) -> Path:
    """The same file without the lines that are no JSON."""
    kept = path.with_name("readable.ndjson")
    with path.open("rb") as lines, kept.open("wb") as stream:
        for line in lines:
            try:
                msgspec.json.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
            stream.write(line)
    return kept


def dlt(target: Target, path: Path) -> float | None:
    """Land with dlt, its defaults, nested values kept as JSON."""
    if importlib.util.find_spec("dlt") is None:
        return None
    folder = path.parent / "dlt"
    folder.mkdir()
    address = (
        f"postgresql://{target.user}:{target.password}@{target.host}:{target.port}"
        f"/{target.dbname}"
    )
    quiet = {"BENCHMARK_ADDRESS": address, "RUNTIME__DLTHUB_TELEMETRY": "false"}
    command = [sys.executable, "-c", _LAND_WITH_DLT, str(path), str(folder)]
    seconds = _timed(command, {**os.environ, **quiet}, folder)
    _check(target, "with_dlt", path)
    return seconds


def singer(target: Target, path: Path) -> float | None:
    """Land with a Singer target, which reads messages from standard input."""
    program = shutil.which(TARGET) or shutil.which(TARGET, path=Path(sys.executable).parent)
    if program is None:
        return None
    folder = path.parent / "singer"
    folder.mkdir()
    config, messages = folder / "config.json", folder / "messages.ndjson"
    config.touch(0o600)
    config.write_text(
        json.dumps(
            {
                "host": target.host,
                "port": target.port,
                "user": target.user,
                "password": target.password,
                "database": target.dbname,
                "dbname": target.dbname,
                "default_target_schema": "with_singer",
                "primary_key_required": False,
                "batch_size_rows": 50_000,
            }
        )
    )
    _write_messages(path, messages)
    with messages.open("rb") as stream:
        command = [program, "--config", str(config)]
        seconds = _timed(command, dict(os.environ), folder, stream)
    _check(target, "with_singer", path)
    return seconds


def _write_messages(path: Path, messages: Path) -> None:
    """A SCHEMA for each kind of record, then a RECORD a line."""
    encode = msgspec.json.Encoder().encode
    with path.open("rb") as lines, messages.open("wb") as stream:
        for name, columns in _SCHEMA.items():
            properties = {column: _OTHER_TYPES.get(column, _TEXT) for column in columns.split()}
            schema = {"type": "object", "properties": properties}
            message = {"type": "SCHEMA", "stream": name, "schema": schema, "key_properties": []}
            stream.write(encode(message) + b"\n")
        for line in lines:
            record = msgspec.json.decode(line)
            kind = record.pop("record")
            known = {key: record[key] for key in _SCHEMA[kind].split() if key in record}
            message = {"type": "RECORD", "stream": kind, "record": known}
            stream.write(encode(message) + b"\n")


def _check(target: Target, schema: str, path: Path) -> None:
    """Whether every line has become a row."""
    with path.open("rb") as lines, target.connect() as session:
        expected = sum(1 for _ in lines)
        names = session.execute(
            "select table_name from information_schema.tables"
            " where table_schema = %s and not starts_with(table_name, '_dlt')",
            (schema,),
        )
        found = 0
        for (name,) in names.fetchall():
            table = sql.Identifier(schema, name)
            row = session.execute(sql.SQL("select count(*) from {}").format(table)).fetchone()
            found += row[0] if row else 0
    if found != expected:
        raise BenchmarkError(f"{schema}: {found:,} of {expected:,} lines have become rows")


def _timed(
    command: list[str], environment: dict[str, str], folder: Path, stream: Any = None
) -> float:
    begun = time.perf_counter()
    done = subprocess.run(
        command,
        stdin=stream or subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=folder,
    )
    seconds = time.perf_counter() - begun
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "nothing").splitlines()
        raise BenchmarkError(f"{Path(command[0]).name} failed: {said[-1]}")
    return seconds

"""The fixtures of all platforms, found by their folders, and how to apply a format to bytes."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

from loaders.parsing.formats import Context, Csv, Format, JsonArray, Lines
from loaders.parsing.notes import Note, NoteKind
from loaders.reading.documents import Document
from loaders.reading.reader import outcomes
from loaders.records import Interaction, Landed, Outcome, Record, Rejected
from loaders.registry import recognise

FIXTURES = Path(__file__).parents[1] / "fixtures"
VALID = sorted(FIXTURES.glob("*/valid/*"))
SET_ASIDE = sorted(FIXTURES.glob("*/set_aside/*"))
REPAIRED = sorted(FIXTURES.glob("*/repaired/*"))
INVALID = sorted(FIXTURES.glob("*/invalid/*"))
DECLARED = Context(account="declared", timezone=UTC)


def name_of(path: Path) -> str:
    """Return the fixture's name in test reports."""
    return str(path.relative_to(FIXTURES))


def apply(
    content: bytes, fmt: Format, context: Context = DECLARED, name: str = "test"
) -> list[Outcome]:
    """Return all outcomes of a document."""
    with Document.spool(io.BytesIO(content), name) as document:
        return list(outcomes(document, fmt, context))


def format_of(path: Path) -> Format:
    """Return the format a fixture is recognised as."""
    with Document.open(path) as document:
        return recognise(document)[1]


def landed(found: list[Outcome]) -> list[Record]:
    """Return all records that landed, in their order."""
    return [record for out in found if isinstance(out, Landed) for record in out.records]


def rejected(found: list[Outcome]) -> list[Rejected]:
    """Return all records that did not land."""
    return [out for out in found if isinstance(out, Rejected)]


def notes_of(found: list[Outcome], kind: NoteKind) -> list[Note]:
    """Return all remarks of a kind about records that landed."""
    return [
        note
        for out in found
        if isinstance(out, Landed)
        for note in out.notes
        if note.kind == kind
    ]


def records_of(name: str) -> list[Record]:
    """Return all records of a fixture, by its name."""
    path = FIXTURES / name
    return landed(apply(path.read_bytes(), format_of(path), name=name))


def by_id(name: str) -> dict[str, list[Interaction]]:
    """Return the interactions of a fixture, in the order in which they came."""
    found: dict[str, list[Interaction]] = {}
    for record in records_of(name):
        if isinstance(record, Interaction):
            found.setdefault(record.native_id, []).append(record)
    return found


def json_values(content: bytes, fmt: Format) -> list[Any]:
    """Return the JSON documents of a fixture."""
    if isinstance(fmt.container, Lines):
        return [json.loads(line) for line in content.splitlines() if line.strip()]
    decoder, text, values = json.JSONDecoder(), content.decode("utf-8-sig").strip(), []
    while text:
        value, end = decoder.raw_decode(text)
        values.append(value)
        text = text[end:].strip()
    return values


def variants(content: bytes, fmt: Format) -> Iterator[tuple[str, bytes]]:
    """Yield the same content, written differently."""
    yield "byte order mark", b"\xef\xbb\xbf" + content.removeprefix(b"\xef\xbb\xbf")
    if isinstance(fmt.container, Csv):
        if b"\r\n" not in content and b'\n""' not in content:
            yield "blank lines", content + b"\n\n  \n"
        return
    prefix = prefix_of(content, fmt)
    values = json_values(content.removeprefix(prefix), fmt)
    for name, spelling in _spellings(values):
        if name == "pretty" and isinstance(fmt.container, Lines):
            return
        yield name, prefix + spelling


def rewritten(content: bytes, fmt: Format, change: Callable[[Any], Any]) -> bytes:
    """Return a JSON fixture with every document changed."""
    prefix = prefix_of(content, fmt)
    values = json_values(content.removeprefix(prefix), fmt)
    return prefix + b"\n".join(json.dumps(change(value)).encode() for value in values)


def is_as_delivered(kept: bytes, delivered: bytes) -> bool:
    """Return whether bytes are equal except for stand-ins of private values."""
    return len(kept) == len(delivered) and all(
        byte in (before, ord("x"), ord("1"))
        for byte, before in zip(kept, delivered, strict=True)
    )


def prefix_of(content: bytes, fmt: Format) -> bytes:
    """Return what stands before the JSON of a fixture."""
    if not isinstance(fmt.container, JsonArray) or not fmt.container.prefix:
        return b""
    found = re.match(fmt.container.prefix, content)
    return found[0] if found else b""


def _spellings(values: list[Any]) -> Iterator[tuple[str, bytes]]:
    yield "compact", b"\n".join(json.dumps(v, separators=(",", ":")).encode() for v in values)
    yield "reordered", b"\n".join(json.dumps(_reordered(v)).encode() for v in values)
    yield "extended", b"\n".join(json.dumps(_extended(v)).encode() for v in values)
    plain = b"\r\n".join(json.dumps(v, ensure_ascii=False).encode() for v in values)
    yield "CRLF, not escaped", plain
    yield "pretty", b"\n".join(json.dumps(v, indent=4).encode() for v in values)
    yield "indented by nothing", b"".join(json.dumps(v, indent=0).encode() for v in values)


def _reordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _reordered(value[key]) for key in reversed(value)}
    return [_reordered(item) for item in value] if isinstance(value, list) else value


def _extended(value: Any, key: str = "") -> Any:
    """With a field in every object that no platform has; `metadata` is people's own."""
    if isinstance(value, dict) and key != "metadata":
        more = {name: _extended(item, name) for name, item in value.items()}
        return {"zz_before": {"id": 1, "list": [None, "}]"]}, **more, "zz_after": [[]]}
    return [_extended(item) for item in value] if isinstance(value, list) else value

"""Documents that nobody should write: every platform's fixtures, made hostile.

Shape:  a seed and a number give a document: a valid fixture with its records repeated, most of
        them spoilt, the others with hostile texts of their own, which have to survive.
        `check` compares what a loader makes of it with what was put in.
Units:  records are native records; tokens (`T17T`) mark texts, each comes once in a document.
Errors: AssertionError with the fixture and the number, which give the same document again.
"""

from __future__ import annotations

import copy
import csv
import io
import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from platform_files import (
    VALID,
    apply,
    format_of,
    is_as_delivered,
    json_values,
    landed,
    name_of,
    prefix_of,
    rejected,
)

from loaders.formats import Csv, Format, JsonArray, JsonLists, Lines
from loaders.json_stream import Keys
from loaders.records import Interaction, Outcome, Record

SEED = 20261121
COPIES = 8  # of each list's elements
SPOILT = 0.5  # of the elements
DAMAGED = 0.2  # of the documents: their bytes, besides

TEXTS = (
    "👩‍👩‍👧‍👦 🇳🇱 e\u0301 \U0001f6b2",
    "\u202eשלום\u202c مرحبا \u200f\u2066x\u2069",
    "\\ \\\\ \\. \\N \\x00 \\t \\n ]\n[",
    "\n\\.\n",
    "tab\tnew\nline\r\ncarriage\r.",
    "\"double\" 'single' $$dollar$$ %s {brace} ;,|",
    "\x01\x08\x0b\x1f\x7f\x80\u2028\ufeff\uffff",
    "null NULL \\N",
    "Z\u0300\u0301\u0302" * 50,
    "long " * 2_000,
)

# as they stand in JSON; a plain text in CSV
VALUES = (
    *(b"NaN", b"Infinity", b"-Infinity", b"1e400", b"-1e400", b"1e-400", b"-0.0", b"0.5"),
    *(
        b"9" * 5_000,
        b"-" + b"9" * 5_000,
        b"-1",
        b"3.5",
        b"3.0",
        b"1e3",
        b"18446744073709551616",
    ),
    *(b"9223372036854775808", b"-9223372036854775809", b"0", b"17", b"1772359200000"),
    *(b"1772359200000000000", b"-62135596800", b"253402300800", b"1772359200.5"),
    *(b"null", b"true", b"false", b"{}", b"[]", b"[null]", b"[[]]", b'[{}, 1, "x"]'),
    *(
        b'{"id": null}',
        b'{"\\u0000": 1}',
        b"[" * 2_000 + b"]" * 2_000,
        b'{"a":' * 500 + b"1" + b"}" * 500,
    ),
    *(b'""', b'" "', b'"\\n"', b'"\\u0000"', b'"a\\u0000b"', b'"\\ud800"', b'"\\udc00\\ud800"'),
    *(
        b'"\\ud83d\\ude00"',
        b'"\xff\xfe"',
        b'"\xed\xa0\x80"',
        b'"\xc0\x80"',
        b'"' + b"x" * 600 + b'"',
    ),
    *(
        b'"' + "é".encode() * 300 + b'"',
        b'"NaN"',
        b'"Infinity"',
        b'"-1"',
        b'"1e400"',
        b'"infinity"',
    ),
    *(b'"2026-02-30T10:00:00Z"', b'"2026-03-01T10:00:00"', b'"0001-01-01T00:00:00+14:00"'),
    *(b'"9999-12-31T23:59:59-14:00"', b'"10000-01-01T00:00:00Z"', b'"1772359200"'),
    *(
        b'"1772359200000"',
        b'"-infinity"',
        b'"2026-03-01T10:00:60Z"',
        b'"\\\\."',
        b'"2026-03-01"',
    ),
    *(b'"https://[::1"', b'"' + b"9" * 5_000 + b'"', b'"\xef\xbb\xbf"', b'"\\u202e"', b'"%00"'),
)
BROKEN = (
    b"truncated",
    b'"unterminated',
    b"{",
    b"[",
    b'{"a" 1}',
    b"{,}",
    b"'single'",
    b"nan",
    b"\x00",
)

_ADDRESS = re.compile(rb"email:[0-9a-f]{32}|[\w.+-]+@[\w.-]+")
_MARK = re.compile(rb'"@@([0-9]+)@@"')

Place = tuple[int | str, ...]


@dataclass
class Hostile:
    """A document and what is known of it beforehand."""

    name: str
    source: str  # the document's name, which may tell where it is from
    platform: str
    fmt: Format
    content: bytes
    texts: dict[str, str] = field(default_factory=dict)  # by token
    kept: set[str] = field(default_factory=set)  # tokens of elements that were not spoilt
    n_in: int | None = None  # where it can be counted without the loader


def documents(records: int, seed: int = SEED) -> Iterator[tuple[Hostile, list[Outcome]]]:
    """Documents of every fixture in turn, with their outcomes, of so many records or more."""
    number = 0
    while records > 0:
        for path in VALID:
            made = hostile(path, seed, number)
            outcomes = apply(made.content, made.fmt, name=made.source)
            records -= len(outcomes)
            yield made, outcomes
        number += 1


def hostile(path: Path, seed: int, number: int) -> Hostile:
    """The document of that seed and number."""
    dice = random.Random(f"{seed} {name_of(path)} {number}")
    fmt, content = format_of(path), path.read_bytes()
    made = Hostile(f"{name_of(path)} {seed} {number}", path.name, path.parts[-3], fmt, content)
    if isinstance(fmt.container, Csv):
        _csv(made, fmt.container, path, dice)
    else:
        _json(made, path, dice)
    if dice.random() < DAMAGED:
        _damage(made, dice)
    elif dice.random() < 0.1:
        made.content = b"\xef\xbb\xbf" + made.content.removeprefix(b"\xef\xbb\xbf")
    return made


# JSON ------------------------------------------------------------------------------------


def _json(made: Hostile, path: Path, dice: random.Random) -> None:
    prefix = prefix_of(made.content, made.fmt)
    values = json_values(made.content.removeprefix(prefix), made.fmt)
    carriers = text_places(path)
    lists = list(_lists(values, made.fmt)) or [values]
    counted = before = 0
    for items in lists:
        originals = copy.deepcopy(items)
        items.clear()
        for number, original in list(enumerate(originals, before)) * COPIES:
            item = copy.deepcopy(original)
            tokens = _put_texts(number, item, carriers, made, dice)
            if dice.random() < SPOILT:
                item = _spoilt(item, originals, dice)
            else:
                made.kept.update(tokens)
            items.append(item)
        before += len(originals)
        counted += len(items)
    if made.fmt.expand is None and (made.fmt.container == Lines() or lists != [values]):
        made.n_in = counted
    made.content = prefix + b"\n".join(_written(value, dice) for value in values)


def _lists(values: list[Any], fmt: Format) -> Iterator[list[Any]]:
    """The lists of records in the documents of a fixture."""
    container = fmt.container
    if isinstance(container, Lines):
        yield values
    elif isinstance(container, JsonLists):
        for value in values:
            yield from (found for keys, found in _within(value) if container.is_wanted(keys))
    elif isinstance(container, JsonArray) and container.inside:
        assert container.key is not None
        for value in values:
            for keys, wrapped in _within(value):
                if keys in container.inside:
                    yield from (one[container.key] for one in wrapped)
    elif isinstance(container, JsonArray):
        for value in values:
            found = value
            if container.key is not None:
                if isinstance(value, list):
                    yield from (one[container.key] for one in value)
                    continue
                found = value.get(container.key)
            if isinstance(found, list):
                yield found


def _within(value: Any, keys: Keys = ()) -> Iterator[tuple[Keys, list[Any]]]:
    if isinstance(value, list):
        yield keys, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _within(item, (*keys, key))


@cache
def text_places(path: Path) -> frozenset[Place]:
    """Where a fixture has texts that land as they are: the number of a record, then keys.

    Found by putting others there: some places only happen to say the same as a text.
    """
    content, fmt = path.read_bytes(), format_of(path)
    texts = _texts(landed(apply(content, fmt, name=path.name)))
    found: list[tuple[Any, Any, Place]]
    if isinstance(fmt.container, Csv):
        columns, rows = _rows(content, fmt.container)
        found = [
            (row, place, (number, place))
            for number, row in enumerate(rows)
            for place, cell in enumerate(row[: len(columns)])
            if cell in texts
        ]
    else:
        values = json_values(content.removeprefix(prefix_of(content, fmt)), fmt)
        items = [item for one in list(_lists(values, fmt)) or [values] for item in one]
        found = [
            slot
            for number, item in enumerate(items)
            for slot in _slots(item, (number,))
            if isinstance(slot[0][slot[1]], str) and slot[0][slot[1]] in texts
        ]
    probes = {}
    for number, (holder, key, keys) in enumerate(found):
        holder[key] = f"T{number}T"
        probes[holder[key]] = keys
    if isinstance(fmt.container, Csv):
        first = [] if fmt.container.columns else [content.splitlines()[0]]
        cells = [[_cell(cell.encode(), fmt.container) for cell in row] for row in rows]
        content = _joined([*first, *map(fmt.container.delimiter.encode().join, cells)])
    else:
        content = prefix_of(content, fmt) + _joined(
            [json.dumps(value).encode() for value in values]
        )
    texts = _texts(landed(apply(content, fmt, name=path.name)))
    return frozenset(keys for probe, keys in probes.items() if probe in texts)


def _texts(records: list[Record]) -> set[str]:
    return {
        record.text for record in records if isinstance(record, Interaction) and record.text
    }


def _joined(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def _slots(value: Any, keys: Place = ()) -> Iterator[tuple[Any, Any, Place]]:
    """Every value within a value: what holds it, its key there, the keys that lead to it."""
    inner: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    for key, item in inner:
        yield value, key, (*keys, key)
        yield from _slots(item, (*keys, key))


def _put_texts(
    number: int, item: Any, carriers: frozenset[Place], made: Hostile, dice: random.Random
) -> list[str]:
    tokens = []
    for holder, key, place in list(_slots(item, (number,))):
        if place in carriers:
            token, holder[key] = _text(made, dice)
            tokens.append(token)
    return tokens


def _text(made: Hostile, dice: random.Random) -> tuple[str, str]:
    """A text that comes once in the document, and the token it is told by."""
    token = f"T{len(made.texts)}T"
    made.texts[token] = text = f"{token} {dice.choice(TEXTS)}."
    return token, text


def _spoilt(item: Any, others: list[Any], dice: random.Random) -> Any:
    if dice.random() < 0.05:
        return _mark(dice)
    for _ in range(dice.randint(1, 3)):
        slots = [slot for slot in _slots(item) if isinstance(slot[0], dict | list)]
        if not slots:
            return _mark(dice)
        holder, key, _ = dice.choice(slots)
        change = dice.random()
        if change < 0.6:
            holder[key] = _mark(dice)
        elif change < 0.75:
            del holder[key]
        elif change < 0.85 and isinstance(holder, dict):
            holder[f"{key}@@again"] = _mark(dice)
        elif change < 0.95:
            donors = [slot[0][slot[1]] for slot in _slots(dice.choice(others))]
            holder[key] = copy.deepcopy(dice.choice(donors or [None]))
        else:
            holder[key] = [holder[key]]
    return item


def _mark(dice: random.Random) -> str:
    return f"@@{dice.randrange(len(VALUES))}@@"


def _written(value: Any, dice: random.Random) -> bytes:
    """JSON with the hostile values in their places, and keys that come again."""
    text = json.dumps(value, ensure_ascii=dice.random() < 0.5).encode()
    text = text.replace(b'@@again"', b'"')
    return _MARK.sub(lambda mark: VALUES[int(mark[1])], text)


# CSV -------------------------------------------------------------------------------------


def _rows(content: bytes, container: Csv) -> tuple[list[str], list[list[str]]]:
    """The columns of a CSV fixture and its rows."""
    escape = "\\" if container.quoting == "backslash" else None
    rows = csv.reader(
        io.StringIO(content.decode("utf-8-sig"), newline=""),
        delimiter=container.delimiter,
        escapechar=escape,
        quoting=csv.QUOTE_NONE if container.quoting == "none" else csv.QUOTE_MINIMAL,
    )
    found = [row for row in rows if row]
    columns = list(container.columns) or found.pop(0)
    return columns, found


def _csv(made: Hostile, container: Csv, path: Path, dice: random.Random) -> None:
    _, rows = _rows(made.content, container)
    carriers = text_places(path)
    written = [] if container.columns else [made.content.splitlines()[0]]
    is_countable = True
    for number, original in list(enumerate(rows)) * COPIES:
        tokens = []
        row: list[bytes] = []
        for place, cell in enumerate(original):
            if (number, place) in carriers:
                token, cell = _text(made, dice)  # noqa: PLW2901 (put in its place)
                if container.quoting == "none":
                    cell = made.texts[token] = f"{token} {' '.join(cell.split())}"  # noqa: PLW2901
                tokens.append(token)
            row.append(_cell(cell.encode(), container))
        if dice.random() < SPOILT:
            place = dice.randrange(len(row))
            change = dice.random()
            if change < 0.7:
                row[place] = _cell(dice.choice(VALUES).strip(b'"'), container)
            elif change < 0.8:
                row[place] = b"stray " + dice.choice(VALUES)
                is_countable = False  # a stray quote may hold several lines together
            elif change < 0.9 and len(row) > 1:  # a blank line is no record
                del row[place]
            else:
                row.insert(place, b"\\.")
        else:
            made.kept.update(tokens)
        written.append(container.delimiter.encode().join(row))
    if is_countable:
        made.n_in = len(rows) * COPIES
    made.content = _joined(written)


def _cell(cell: bytes, container: Csv) -> bytes:
    if container.quoting == "none":
        return re.sub(rb"[\t\r\n]", b" ", cell)
    if container.quoting == "backslash":
        return b'"' + cell.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    return b'"' + cell.replace(b'"', b'""') + b'"'


# Bytes -----------------------------------------------------------------------------------


def _damage(made: Hostile, dice: random.Random) -> None:
    """Break the document itself: nothing but accounting can be asked of it then."""
    made.n_in = None
    made.kept.clear()
    content = bytearray(made.content)
    ways: list[Callable[[int], None]] = [
        lambda place: content.__delitem__(slice(place, None)),
        lambda place: content.__setitem__(slice(place, place), b"\n\\.\n"),
        lambda place: content.__setitem__(slice(place, place), dice.choice(BROKEN)),
        lambda place: content.__setitem__(slice(place, place + 1), b'"'),
        lambda place: content.__setitem__(slice(place, place + 1), b"\xff"),
        lambda place: content.__setitem__(slice(place, place + dice.randint(1, 200)), b""),
        lambda place: content.__setitem__(slice(place, place), b"\xef\xbb\xbf"),
    ]
    for _ in range(dice.randint(1, 3)):
        dice.choice(ways)(dice.randrange(len(content) + 1))
    made.content = bytes(content)


# Accounts --------------------------------------------------------------------------------


def check(made: Hostile, outcomes: list[Outcome]) -> None:
    """What was put in has landed as it was, or is in a reject; nothing is left over."""
    numbers = [outcome.line_no for outcome in outcomes]
    assert numbers == list(range(1, len(outcomes) + 1)), made.name
    if made.n_in is not None:
        assert len(outcomes) == made.n_in, made.name
    for reject in rejected(outcomes):
        delivered = made.content[reject.byte_offset :][: reject.byte_count]
        assert len(delivered) == reject.byte_count, made.name
        assert _is_as_delivered(reject.raw, delivered[: len(reject.raw)]), made.name
    texts = _texts(landed(outcomes))
    lost = [made.texts[token] for token in made.kept if made.texts[token] not in texts]
    assert not lost, (made.name, lost[:3])


def _is_as_delivered(kept: bytes, delivered: bytes) -> bool:
    """The same but for stand-ins; one of an address in an id has a length of its own."""
    if kept == delivered or is_as_delivered(kept, delivered):
        return True
    return is_as_delivered(_ADDRESS.sub(b"?", kept), _ADDRESS.sub(b"?", delivered))

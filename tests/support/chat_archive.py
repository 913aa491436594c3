"""Archives of Discord channels as CSV, of any size, with their expected numbers.

Source: the shapes of real archives: a folder for each channel with numbered parts, or one file
        that the exporter named; both delimiters, empty and header-only parts, rows that are
        equal within a part, across parts and across channels, byte-identical files.
Shape:  `write(folder, size, seed)` -> what has to land: messages by channel.
Units:  times are minutes of December 2019, as the exporter wrote them then.
Errors: none.
"""

from __future__ import annotations

import csv
import io
import random
from collections import Counter as Tally
from pathlib import Path
from typing import NamedTuple

import psycopg

from warehouse.loading import Declared, find, load

COLUMNS = ("AuthorID", "Author", "Date", "Content", "Attachments", "Reactions")
TEXTS = ("gm", "tip received", "same news", 'a; b, and "c"', "two\nlines", "", "🌱 sprout")
AUTHORS = 400
Row = tuple[str, ...]


class Size(NamedTuple):
    """How large an archive is."""

    channels: int
    parts: int
    messages: int


def write(folder: Path, size: Size, seed: int = 1) -> Tally[str]:
    """Write an archive; returns how many messages each channel has."""
    dice = random.Random(seed)
    whole = [number for number in range(size.channels) if number % 10 == 9]
    split = [number for number in range(size.channels) if number % 10 != 9]
    each = size.messages // size.channels
    expected: Tally[str] = Tally()
    for number in whole:
        name = str(600_000_000_000_000_000 + number)
        rows = _rows(dice, each, [])
        (folder / f"Garden - Text - news [{name}].csv").write_bytes(_file(dice, rows))
        expected[name] = len(rows)
    twin = _rows(dice, 3, [])  # the second part of every channel has the same bytes
    content = _file(dice, twin)
    for place, number in enumerate(split):
        name = f"channel {number}"
        (folder / name).mkdir()
        parts = (size.parts + place) // len(split)
        rows = []
        for part in range(1, parts + 1):
            left = each - expected[name]
            wanted = left if part == parts else min(2 * dice.randrange(each // parts), left)
            rows = twin if part == 2 else _rows(dice, wanted, rows)
            written = content if part == 2 else _file(dice, rows)
            (folder / name / f"{part}.csv").write_bytes(written)
            expected[name] += len(rows)
    return expected


def _rows(dice: random.Random, count: int, before: list[Row]) -> list[Row]:
    """Return the rows of a part: some repeat a row of it, the first repeat the part before."""
    rows = list(before[-2:]) if count > 4 else []
    while len(rows) < count:
        if rows and dice.random() < 0.05:
            rows.append(dice.choice(rows))
            continue
        author = dice.randrange(AUTHORS)
        half = dice.choice(("AM", "PM"))
        clock = f"{dice.randint(1, 12):02}:{dice.randrange(60):02} {half}"
        rows.append(
            (
                str(500_000_000_000_000_000 + author),
                f"u{author}#0001",
                f"{dice.randint(1, 28):02}-Dec-19 {clock}",
                dice.choice(TEXTS),
                "",
                "👍 (4)" if dice.random() < 0.02 else "",
            )
        )
    return rows


def _file(dice: random.Random, rows: list[Row]) -> bytes:
    """Return a file in one of the two dialects; without rows it may be empty."""
    if not rows and dice.random() < 0.5:
        return b""
    old = dice.random() < 0.5
    stream = io.StringIO(newline="")
    writer = csv.writer(
        stream, delimiter=";" if old else ",", quoting=csv.QUOTE_ALL, lineterminator="\n"
    )
    end = ("",) if old else ()
    stream.write((";" if old else ",").join(COLUMNS) + (";\n" if old else "\n"))
    for row in rows:
        writer.writerow(row + end)
    return stream.getvalue().encode()


def check(session: psycopg.Connection, folder: Path, size: Size, seed: int = 1) -> None:
    """Land an archive twice, from two places: every message is there once, in its channel."""
    workspace = f"archive {seed}"
    declared = Declared(workspace, "discord", timezone="UTC")
    places = [folder / "one", folder / "two"]
    for number, place in enumerate(places):
        place.mkdir()
        expected = write(place, size, seed)
        results = list(load(session, find([str(place)]), declared))
        problems = [result.problem for result in results if result.problem is not None]
        assert not problems, problems[:3]
        loads = [result.load for result in results if result.load is not None]
        assert sum(one.n_rejected for one in loads) == 0
        if number == 0:
            assert sum(one.n_landed for one in loads) == sum(expected.values())
        else:
            assert not any(one.is_new for one in loads if one.n_in)
        found = session.execute(
            "select int.post_id, count(distinct int.native_id) from raw.interactions as int"
            " inner join raw.loads as lds on int.load_id = lds.load_id"
            " where lds.workspace_id = %s group by int.post_id",
            (workspace,),
        ).fetchall()
        assert dict(found) == {name: count for name, count in expected.items() if count}

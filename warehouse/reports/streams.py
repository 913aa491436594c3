"""What became of the streams of a Singer tap, on standard error: its output has the states.

Source: the counts of `warehouse.singer.target`.
Shape:  a sentence per stream; then what was noticed in records, and streams without a map.
Units:  counts are messages.
Errors: none; `after_stream` returns the exit code.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from loaders.parsing.notes import Note
from warehouse import console
from warehouse.errors import REJECTED
from warehouse.singer.target import Told

MOST_NOTED = 6
COUNTED = {
    "landed": "landed",
    "known": "had landed before",
    "rejected": "rejected",
    "taken back": "taken back, which the newest version lacks",
}


def show_streams(streams: Mapping[str | None, Told], passed_over: Mapping[str, int]) -> None:
    """Say what became of each stream."""
    for name, told in streams.items():
        counts = told.counts
        parts = [f"{counts[key]:,} {phrase}" for key, phrase in COUNTED.items() if counts[key]]
        what = "Lines that are no messages" if name is None else f"Stream {name!r}"
        records = console.many(counts["records"], "record" if name is not None else "line")
        console.remark(f"{what}: {records}{''.join(f', {part}' for part in parts)}.")
        _show_notes(told.notes)
    if passed_over:
        named = ", ".join(f"{name!r} ({count:,})" for name, count in passed_over.items())
        console.remark(f"Records of streams that the map does not name were not read: {named}.")


def _show_notes(notes: Counter[Note]) -> None:
    found = [
        f"{note.field} {note.reason} ({count:,})"
        for note, count in notes.most_common()
        if note.kind != "passed_over"
    ]
    if found:
        rest = len(found) - MOST_NOTED
        more = f" and {rest:,} more" if rest > 0 else ""
        console.remark(f"Set aside or repaired: {', '.join(found[:MOST_NOTED])}{more}.")


def after_stream(streams: Mapping[str | None, Told]) -> int:
    """Say what to do next; return the exit code."""
    landed = sum(told.counts["landed"] for told in streams.values())
    rejected = sum(told.counts["rejected"] for told in streams.values())
    if landed:
        console.remark("`warehouse run` brings the marts up to date.")
    if rejected:
        console.remark(f"{rejected:,} rejected: `warehouse rejects` shows why.")
    return REJECTED if rejected else 0

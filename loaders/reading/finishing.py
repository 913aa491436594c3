"""Outcomes of native records, finished in the order of their document.

Source: records as a format's `parse` returned them, or why it did not.
Shape:  records in, records without repeated descriptions and with numbered derived ids out.
Units:  records are numbered from 1; a document of many lists or pages is one scope.
Errors: none of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import overload

import msgspec

from loaders.parsing.formats import Format
from loaders.parsing.notes import take
from loaders.reading.explanations import explain
from loaders.reading.json_cursor import Broken, Native
from loaders.reading.json_stream import Piece
from loaders.records import (
    MAX_REJECT_BYTES,
    Counter,
    Interaction,
    Post,
    Profile,
    Record,
    Rejected,
)

MAX_SEEN = 65_536
_DESCRIPTIONS = {Profile, Post, Counter}


class Finisher:
    """What needs to know the records before: repeated descriptions, ordinals of derived ids."""

    def __init__(self, fmt: Format) -> None:
        self._is_repetitive = fmt.is_repetitive
        self._qualities = fmt.numbered
        self._seen: set[Record] = set()
        self._times: dict[bytes, int] = {}

    def finish(self, records: tuple[Record, ...]) -> tuple[Record, ...]:
        """Leave out descriptions said before; number derived ids."""
        finished: list[Record] = []
        seen = self._seen
        names: dict[str, str] = {}  # a numbered id by what the format calls it
        for record in records:
            told = _renamed(record, names) if names else record
            if type(told) is Interaction:
                if told.key_quality in self._qualities:
                    before, told = told.native_id, self._numbered(told)
                    names[before] = told.native_id
            elif self._is_repetitive and type(told) in _DESCRIPTIONS:
                if told in seen:
                    continue
                if len(seen) >= MAX_SEEN:
                    seen.clear()
                seen.add(told)
            finished.append(told)
        return tuple(finished)

    def forget(self) -> None:
        """Begin the next document: ordinals count within one document."""
        self._times.clear()

    def _numbered(self, record: Interaction) -> Interaction:
        digest = hashlib.blake2b(record.native_id.encode(), digest_size=12).digest()
        ordinal = self._times[digest] = self._times.get(digest, 0) + 1
        return msgspec.structs.replace(record, native_id=f"{record.native_id}:{ordinal}")


@overload
def _renamed(record: Interaction, names: Mapping[str, str]) -> Interaction: ...


@overload
def _renamed(record: Record, names: Mapping[str, str]) -> Record: ...


def _renamed(record: Record, names: Mapping[str, str]) -> Record:
    """What is said of a message whose derived id has been numbered, under that id."""
    if names and isinstance(record, Post | Counter) and record.post_id in names:
        return msgspec.structs.replace(record, post_id=names[record.post_id])
    if isinstance(record, Interaction) and record.parent_id is not None:
        parent_id = names.get(record.parent_id, record.parent_id)
        if parent_id != record.parent_id:
            return msgspec.structs.replace(record, parent_id=parent_id)
    return record


def broken(number: int, piece: Piece) -> Rejected:
    """Return the reject of bytes that hold no record."""
    assert isinstance(piece, Broken)
    return Rejected(
        line_no=number,
        byte_offset=piece.offset,
        byte_count=piece.byte_count,
        raw=piece.raw,
        reason=piece.reason,
        detail=f"record {number} {piece.detail}",
        is_cut=piece.byte_count > len(piece.raw),
    )


def rejected(
    number: int, piece: Native, error: BaseException, subject: str = "record"
) -> Rejected:
    """Return the reject of a record that could not be parsed."""
    offset, raw = piece
    take()  # what was noticed about a record that is rejected after all
    reason, detail = explain(error, raw)
    return Rejected(
        line_no=number,
        byte_offset=offset,
        byte_count=len(raw),
        raw=raw[:MAX_REJECT_BYTES],
        reason=reason,
        detail=f"{subject} {number}: {detail}",
        is_cut=len(raw) > MAX_REJECT_BYTES,
    )

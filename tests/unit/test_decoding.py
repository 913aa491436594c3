"""Decoding native records: what is said of one does not depend on those before it."""

from __future__ import annotations

from itertools import permutations

import msgspec
import pytest

from loaders.parsing.decoding import Decoder
from loaders.parsing.notes import Known, Note, pass_over, take


class Told(msgspec.Struct, gc=False):
    id: str
    text: str | None = None


KNOWN = {"id", "text", "technical"}
RECORDS = (
    b'{"id":"1","text":"fine"}',
    b'{"id":"2","technical":"x"}',
    b'{"id":"3","unread":["x"]}',
    b'{"id":"4","text":5,"unread":"x"}',
    b'{"id":"5","text":"half \\ud83d"}',
    b'{"text":"without id"}',
)


def said(decoder: Decoder[Told], raw: bytes) -> tuple[object, tuple[Note, ...]]:
    """What a decoder makes of a record, and what it notes."""
    take()
    try:
        told = decoder.decode(raw)
    except msgspec.DecodeError as error:
        take()
        return str(error), ()
    return (told.id, told.text), take()


def test_records_before_change_nothing() -> None:
    alone = {raw: said(Decoder(Told, KNOWN), raw) for raw in RECORDS}
    assert alone[RECORDS[1]] == (("2", None), ())
    assert alone[RECORDS[2]][1] == (Note("passed_over", "unread", "is not read"),)
    assert {note.kind for note in alone[RECORDS[3]][1]} == {"passed_over", "set_aside"}
    for order in permutations(RECORDS):
        decoder = Decoder(Told, KNOWN)
        assert [said(decoder, raw) for raw in order] == [alone[raw] for raw in order]


@pytest.mark.parametrize("raw", [b"{}", b'{"id":"1"}', b'{"technical":{"deep":["x"]}}'])
def test_known_keys_are_not_noted(raw: bytes) -> None:
    take()
    pass_over(raw, Known(KNOWN))
    assert take() == ()

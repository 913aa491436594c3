"""Segments of the spool: what is whole is read, what is torn is not, nothing is imitated."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from warehouse.spool import segments
from warehouse.spool.segments import Record

RECORDS = [
    Record("acme", "product", "tracking_json", b'{"interactions":[]}', is_joined=True),
    Record("other", "linear", "linear_webhook_json", b""),
    Record("acme", "product", "tracking_json", "{\n\x00é}".encode(), is_joined=True),
]
records_of_any_kind = st.builds(
    Record,
    st.text(max_size=5),
    st.text(max_size=5),
    st.text(max_size=5),
    st.binary(),
    st.booleans(),
)


def segment(records: list[Record], head: bytes | None = None) -> bytes:
    """Return a segment as it is written."""
    head = head or segments.header()
    return head + b"".join(segments.frame(head, segments.payload(record)) for record in records)


@given(st.lists(records_of_any_kind))
def test_what_was_written_is_read(records: list[Record]) -> None:
    found = segments.read(segment(records))
    assert (found.records, found.torn_bytes, found.damaged_bytes) == (records, 0, 0)


def test_a_tail_torn_at_any_byte_costs_the_torn_record_only() -> None:
    head = segments.header()
    ends = [len(segment(RECORDS[:count], head)) for count in range(len(RECORDS) + 1)]
    content = segment(RECORDS, head)
    for cut in range(len(content) + 1):
        whole = sum(end <= cut for end in ends[1:])
        found = segments.read(content[:cut])
        assert found.records == RECORDS[:whole], cut
        assert found.torn_bytes == cut - (ends[whole] if cut >= ends[0] else 0)
        assert found.damaged_bytes == 0


def test_a_hole_before_the_end_costs_what_it_touches() -> None:
    """A page that the disk never wrote is zeros, and what follows is whole."""
    head = segments.header()
    ends = [len(segment(RECORDS[:count], head)) for count in range(len(RECORDS) + 1)]
    content = bytearray(segment(RECORDS, head))
    content[ends[1] + 3 : ends[1] + 9] = bytes(6)
    found = segments.read(bytes(content))
    assert found.records == [RECORDS[0], RECORDS[2]]
    assert (found.torn_bytes, found.damaged_bytes) == (0, ends[2] - ends[1])


def test_any_damaged_byte_costs_one_record_at_most() -> None:
    dice = random.Random(7)
    content = segment(RECORDS)
    for place in range(segments.HEADER_BYTES, len(content)):
        damaged = bytearray(content)
        damaged[place] ^= dice.randrange(1, 256)
        found = segments.read(bytes(damaged)).records
        assert len(found) == 2 and all(record in RECORDS for record in found), place


def test_a_body_cannot_imitate_a_record() -> None:
    """Not even where the frame around it is torn, for it does not know the marker."""
    forged = Record("victim", "product", "tracking_json", b"{}")
    body = segment([forged]) + b"\0" * 100
    content = segment([Record("acme", "generic", "exchange_ndjson", body)])
    assert segments.read(content[:-10]).records == []


def test_joined_bodies_are_one_document_and_others_are_their_own() -> None:
    linear = Record("acme", "linear", "linear_webhook_json", b"{}")
    records = [RECORDS[0], linear, RECORDS[2], linear]
    found = [(each.platform, each.content) for each in segments.deliveries(records)]
    assert found == [
        ("product", b'{"interactions":[]}\n' + RECORDS[2].body),
        ("linear", b"{}"),
        ("linear", b"{}"),
    ]

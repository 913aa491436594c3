"""Laws that every platform module keeps, over every fixture there is."""

from __future__ import annotations

import gzip
import io
import json
import re
from collections import Counter as Tally
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from platform_files import (
    DECLARED,
    INVALID,
    REPAIRED,
    SET_ASIDE,
    VALID,
    apply,
    format_of,
    is_as_delivered,
    json_values,
    landed,
    name_of,
    notes_of,
    prefix_of,
    rejected,
    rewritten,
    variants,
)

from loaders.parsing.formats import Context, Csv, Format, JsonArray, JsonLists, Lines
from loaders.reading.documents import Document
from loaders.reading.reader import outcomes, pieces
from loaders.records import (
    MAX_ID_BYTES,
    Interaction,
    Landed,
    Outcome,
    Post,
    Reason,
    Record,
    Rejected,
)
from loaders.registry import modules, recognise

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"


def test_every_platform_has_fixtures() -> None:
    for kind in (VALID, INVALID):
        assert {path.parts[-3] for path in kind} == set(modules())


def test_every_format_has_a_fixture() -> None:
    declared = {fmt.name for module in modules().values() for fmt in module.FORMATS}
    assert declared - {format_of(path).name for path in VALID} <= {"graph_json"}


@pytest.mark.parametrize("path", VALID, ids=name_of)
def test_valid_fixtures_land_completely(path: Path) -> None:
    with Document.open(path) as document:
        module, fmt = recognise(document)
        assert path.parts[-3] == module.PLATFORM
        assert recognise(document, module.PLATFORM) == (module, fmt)
        found = list(outcomes(document, fmt, DECLARED))
    assert [out.line_no for out in found] == list(range(1, len(found) + 1))
    assert not rejected(found)
    assert not notes_of(found, "set_aside")
    for record in landed(found):
        if isinstance(record, Interaction):
            assert 0 < len(record.native_id.encode()) <= MAX_ID_BYTES
            assert (record.occurred_at is None) == (record.time_precision == "unknown")
            assert record.payload is None or isinstance(json.loads(record.payload), dict)


@pytest.mark.parametrize("path", VALID, ids=name_of)
def test_spelling_changes_nothing(path: Path) -> None:
    content, fmt = path.read_bytes(), format_of(path)
    expected = _in_any_order(landed(apply(content, fmt)))
    for name, variant in variants(content, fmt):
        assert fmt.recognises(variant), name
        assert _in_any_order(landed(apply(variant, fmt))) == expected, name
    assert _in_any_order(landed(apply(gzip.compress(content), fmt))) == expected


def _in_any_order(records: list[Record]) -> Tally[bytes]:
    """What landed: the lists of a document that has several come in the order of its keys."""
    return Tally(msgspec.json.encode(rec, order="deterministic") for rec in records)


@pytest.mark.parametrize("path", INVALID, ids=name_of)
def test_invalid_fixtures_lose_one_record(path: Path) -> None:
    with Document.open(path) as document:
        module, fmt = recognise(document)
        assert path.parts[-3] == module.PLATFORM
        found = list(outcomes(document, fmt, Context()))
    assert [out.line_no for out in found] == list(range(1, len(found) + 1))
    (reject,) = rejected(found)
    assert reject.reason == Reason(path.name.partition(".")[0])
    delivered = path.read_bytes()[reject.byte_offset :][: reject.byte_count]
    assert is_as_delivered(reject.raw, delivered)
    assert f"record {reject.line_no}" in reject.detail
    assert reject.detail.isprintable()
    assert landed(found)


@pytest.mark.parametrize("path", SET_ASIDE, ids=name_of)
def test_a_bad_secondary_field_costs_itself(path: Path) -> None:
    found = apply(path.read_bytes(), format_of(path), name=path.name)
    assert not rejected(found)
    assert notes_of(found, "set_aside")


@pytest.mark.parametrize("path", REPAIRED, ids=name_of)
def test_a_repaired_text_lands_and_is_noted(path: Path) -> None:
    found = apply(path.read_bytes(), format_of(path), name=path.name)
    assert not rejected(found)
    assert notes_of(found, "repaired")
    assert not any("\0" in str(record) or "\\x00" in str(record) for record in landed(found))


WRONG = {"wrong": [{"type": True}]}  # of a type that no platform writes
SECONDARY = re.compile(
    r"(?i).*(count|total.*|likes|upvotes|text.*|body|caption|nickname|display_?name|full_?name"
    r"|first_?name|last_?name|verified|is_?bot|hidden|link|permalink.*|lang|sentiment|slug"
    r"|edited.*|updated_?at|observed_?at|(parent|reply|root).*id)"
)


@pytest.mark.parametrize("path", VALID, ids=name_of)
def test_a_secondary_field_of_the_wrong_type_costs_itself(path: Path) -> None:
    content, fmt = path.read_bytes(), format_of(path)
    if isinstance(fmt.container, Csv) or not content.strip():
        return
    values = json_values(content.removeprefix(prefix_of(content, fmt)), fmt)
    for key in filter(SECONDARY.fullmatch, sorted(set(_scalar_keys(values)))):
        spoilt = rewritten(content, fmt, partial(_with_wrong, key=key))
        assert not rejected(apply(spoilt, fmt, name=path.name)), key


def _scalar_keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _scalar_keys(item) if isinstance(item, dict | list) else (key,)
    elif isinstance(value, list):
        for item in value:
            yield from _scalar_keys(item)


def _with_wrong(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return {
            name: WRONG
            if name == key and not isinstance(item, dict | list)
            else _with_wrong(item, key)
            for name, item in value.items()
        }
    return [_with_wrong(item, key) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("path", VALID, ids=name_of)
def test_a_truncated_document_keeps_what_came_before(path: Path) -> None:
    content, fmt = path.read_bytes().rstrip(), format_of(path)
    if not isinstance(fmt.container, JsonArray | JsonLists):
        return  # no document around its records
    whole = apply(content, fmt)
    for share in (0.3, 0.6, 0.9):
        cut = apply(content[: int(len(content) * share)], fmt)
        # without its end a document may lack what its header or other records say
        good = [out for out in cut if isinstance(out, Landed)]
        told = _said(good)
        assert fmt.header or fmt.gather or _said(whole)[: len(told)] == told
        assert len(rejected(cut)) >= 1


def _said(found: Sequence[Outcome]) -> list[tuple[int, object]]:
    """What was landed; what was passed over is known where a list ends."""
    return [
        (out.line_no, out.records) for out in found if isinstance(out, Landed) and out.records
    ]


def test_parts_of_one_item_are_independent() -> None:
    fmt = modules()["facebook"].FORMATS[0]
    change = (
        b'{"field":"feed","value":{"item":"comment","comment_id":"%s","post_id":"1_2",'
        b'"from":{"id":"7"},"message":"%s"}}'
    )
    bad = [change % (b"a", b"\\ud800"), change % (b"b\\u0000", b"x"), change % (b"", b"x")]
    good = [change % (b"c", b"\\ud83d\\ude00"), change % (b"d", b"\\\\ud800")]
    changes = b" , ".join([good[0], *bad, good[1]])
    content = b'{"object":"page","entry":[{"id":"1","changes":[%s]}]}' % changes
    found = apply(content, fmt)
    assert [isinstance(out, Landed) for out in found] == [True, False, False, False, True]
    assert [out.raw for out in rejected(found)] == bad
    for out in rejected(found):
        assert content[out.byte_offset :].startswith(out.raw)
    texts = [record.text for record in landed(found) if isinstance(record, Interaction)]
    assert texts == ["😀", "\\ud800"]


def test_headers_are_checked_like_records() -> None:
    fmt = modules()["discord"].FORMATS[0]
    message = (
        b'{"id":"1","type":"Default","timestamp":"2026-03-01T09:00:00Z","author":{"id":"1"}}'
    )
    for header, reason in (
        (b'"channel":{"id":"5","type":"a\\u0000"}', Reason.INVALID_TEXT),
        (b'"channel":{"name":"a"}', Reason.MISSING_FIELD),
        (b'"channel":{"id":"5","name":"\\ud800"}', Reason.INVALID_TEXT),
        (b'"channel":{"id":tru}', Reason.INVALID_JSON),
        (b'"guild":{"id":"1"}', Reason.MISSING_FIELD),
    ):
        (reject,) = rejected(apply(b'{"messages":[%s],%s}' % (message, header), fmt))
        assert (reject.reason, reject.raw) == (reason, message)
    harmless = b'{"channel":{"id":"5","topic":"a\\u0000"},"messages":[%s]}' % message
    assert landed(apply(harmless, fmt))
    two = b'{"messages":[%s],"channel":{"id":"5"}}' % message
    two += b'{"messages":[],"channel":{}}{"channel":{"id":"6"},"messages":[%s]}' % message
    posts = [record for record in landed(apply(two, fmt)) if isinstance(record, Post)]
    assert [post.post_id for post in posts] == ["5", "6"]


def test_an_item_without_parts_is_accounted_for() -> None:
    fmt = modules()["youtube"].FORMATS[0]
    (reject,) = rejected(apply(b'{"items":[{"snippet":{},"replies":{}}]}', fmt))
    assert reject.reason == Reason.UNSUPPORTED_RECORD


HOSTILE = (b"17", b'{"a":[}', b'"\\ud800"', b"NaN", b"1e400", b"[" * 20_000 + b"]" * 20_000)


@pytest.mark.parametrize("path", VALID, ids=name_of)
def test_a_hostile_neighbour_costs_itself(path: Path) -> None:
    content, fmt = path.read_bytes(), format_of(path)
    whole = apply(content, fmt)
    if isinstance(fmt.container, Csv) or not content.lstrip(b"\xef\xbb\xbf").strip():
        return
    first = _first_item(content, fmt)
    if first is None:
        return
    separator = b"\n" if isinstance(fmt.container, Lines) or first == 0 else b", "
    for value in HOSTILE:
        found = apply(content[:first] + value + separator + content[first:], fmt)
        assert _in_any_order(landed(found)) == _in_any_order(landed(whole)), value[:20]
        assert len(rejected(found)) == 1


def _first_item(content: bytes, fmt: Format) -> int | None:
    """Where the first element of the list begins, if the fixture has one."""
    if not isinstance(fmt.container, JsonArray | JsonLists):
        return 0
    found = pieces(io.BytesIO(content), fmt.container)
    first = next((piece[0] for piece in found if isinstance(piece, tuple)), None)
    is_lenient = isinstance(fmt.container, JsonArray) and fmt.container.is_lenient
    if is_lenient and not content[:first].rstrip().endswith(b"["):
        return None  # one element, in no list
    return first


def test_payloads_hold_nothing_private() -> None:
    for path in VALID:
        for record in landed(apply(path.read_bytes(), format_of(path))):
            # fixtures have this word where platforms have addresses, devices and the like
            assert b"PRIVATE" not in msgspec.json.encode(record), name_of(path)
            if isinstance(record, Interaction) and record.payload:
                assert b"avatar" not in record.payload.lower(), name_of(path)
                assert b"ProfileImage" not in record.payload, name_of(path)


@pytest.mark.parametrize("platform", sorted(modules()))
def test_real_samples_are_accounted_for(platform: str) -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the samples of real exports are not here")
    paths = [path for path in (SAMPLES / platform).glob("*") if "LICENSE" not in path.name]
    for path in sorted(paths):
        with Document.open(path) as document:
            module, fmt = recognise(document)
            assert platform == module.PLATFORM, path.name
            found = list(outcomes(document, fmt, DECLARED))
        assert [out.line_no for out in found] == list(range(1, len(found) + 1))
        content = path.read_bytes()
        for out in found:
            if isinstance(out, Rejected):
                assert out.reason == Reason.UNSUPPORTED_RECORD, (path.name, out.detail)
                delivered = content[out.byte_offset :][: out.byte_count]
                assert is_as_delivered(out.raw, delivered), path.name


def test_records_survive_a_round_trip_as_json() -> None:
    for path in VALID:
        for record in landed(apply(path.read_bytes(), format_of(path))):
            assert msgspec.json.decode(msgspec.json.encode(record)), name_of(path)

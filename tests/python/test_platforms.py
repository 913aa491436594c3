"""Laws that every platform module keeps, over every fixture there is."""

from __future__ import annotations

import gzip
import io
import json
from collections import Counter as Tally
from pathlib import Path
from typing import Any

import msgspec
import pytest
from platform_files import (
    DECLARED,
    FIXTURES,
    INVALID,
    VALID,
    apply,
    format_of,
    is_as_delivered,
    landed,
    name_of,
    rejected,
    variants,
)

from loaders.documents import Document
from loaders.formats import Context, Csv, Format, JsonArray, JsonLists, Lines
from loaders.reading import outcomes, pieces
from loaders.recognition import modules, recognise
from loaders.records import (
    MAX_ID_BYTES,
    Counter,
    Interaction,
    Landed,
    Post,
    Profile,
    Reason,
    Record,
    Rejected,
)

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


@pytest.mark.parametrize("path", VALID, ids=name_of)
def test_a_truncated_document_keeps_what_came_before(path: Path) -> None:
    content, fmt = path.read_bytes().rstrip(), format_of(path)
    if not isinstance(fmt.container, JsonArray | JsonLists):
        return  # no document around its records
    whole = apply(content, fmt)
    for share in (0.3, 0.6, 0.9):
        cut = apply(content[: int(len(content) * share)], fmt)
        # without its end a document may lack what its header says behind the list
        good = [out for out in cut if isinstance(out, Landed)]
        assert fmt.header or whole[: len(good)] == good
        assert len(rejected(cut)) >= 1


def test_parts_of_one_item_are_independent() -> None:
    fmt = modules()["facebook"].FORMATS[0]
    change = (
        b'{"field":"feed","value":{"item":"comment","comment_id":"%s","post_id":"1_2",'
        b'"from":{"id":"7"},"message":"%s"}}'
    )
    bad = [change % (b"a", b"\\ud800"), change % (b"b", b"\\u0000"), change % (b"", b"x")]
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
        (b'"channel":{"id":"5","name":"a\\u0000"}', Reason.INVALID_TEXT),
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


def _records(name: str) -> list[Any]:
    path = FIXTURES / name
    return landed(apply(path.read_bytes(), format_of(path)))


def _by_id(name: str) -> dict[str, list[Interaction]]:
    found: dict[str, list[Interaction]] = {}
    for record in _records(name):
        if isinstance(record, Interaction):
            found.setdefault(record.native_id, []).append(record)
    return found


def test_generic_keeps_words_as_given() -> None:
    first, second, third, *_ = _records("generic/valid/every_record.ndjson")
    assert (first.native_id, first.native_type, first.actor_id) == (
        "comment:1",
        "comment",
        "u1",
    )
    assert first.metadata == {"source": "story", "depth": {"a": [1, 2.5]}}
    assert (second.platform, second.native_id) == ("instagram", "17890123456789012345")
    assert (second.actor_id, second.is_retracted) == ("42", True)
    assert second.occurred_at.isoformat() == "2026-03-02T10:00:00.123456+00:00"
    assert (third.occurred_at, third.time_precision) == (None, "unknown")


def test_discord_messages_mentions_and_reactions() -> None:
    records = _records("discord/valid/channel.json")
    found = _by_id("discord/valid/channel.json")
    assert set(found) == {
        "message:1001", "message:1002", "message:1003", "message:1004", "mention:1002:1",
        "reaction:1002:👍:1", "reaction:1002:👍:3",
    }  # fmt: skip
    (message,) = found["message:1002"]
    assert (message.actor_kind, message.post_id) == ("bot", "901")
    assert message.version_at and message.version_at.minute == 5
    (reaction,) = found["reaction:1002:👍:3"]
    assert (reaction.parent_id, reaction.occurred_at) == ("message:1002", None)
    assert found["message:1003"][0].parent_id == "message:1002"
    assert found["message:1003"][0].actor_kind == "deleted"
    assert found["message:1004"][0].native_type == "18"
    (counter,) = (record for record in records if isinstance(record, Counter))
    assert (counter.post_id, counter.native_metric) == ("message:1002", "reaction:77")
    posts = {record.post_id: record for record in records if isinstance(record, Post)}
    assert posts["901"].community_name == "Garden"
    assert posts["message:1002"].native_type == "message"
    profiles = Tally(record.actor_id for record in records if isinstance(record, Profile))
    assert profiles == {"1": 2, "2": 1, "3": 1, "4": 1}  # iris is described in two ways
    (threaded,) = _by_id("discord/valid/thread_messages_first.json")["message:2001"]
    assert threaded.thread_id == "902"


def test_youtube_threads_and_takeout() -> None:
    found = _by_id("youtube/valid/threads.json")
    (reply,) = found["comment:Ugx1.r1"]
    assert (reply.parent_id, reply.thread_id) == ("comment:Ugx1", "comment:Ugx1")
    assert (reply.actor_id, reply.post_id) == (None, "vid1")
    assert found["comment:Ugx1"][0].text == "Nice & calm"
    assert b'"totalReplyCount":5' in (found["comment:Ugx1"][0].payload or b"")
    (mine,) = _by_id("youtube/valid/takeout_new.csv")["comment:UgAAA"]
    assert (mine.text, mine.actor_id, mine.actor_kind) == ("Hello \nthere", "UCme", "exporter")
    assert _by_id("youtube/valid/live_chats.csv")["live_chat:UgChat"][0].text == '"no" escapes'
    spam = _by_id("youtube/valid/uci.csv")
    assert spam["comment:z1"][0].text == 'one, with a "quote"\nand a line'
    assert spam["comment:z3"][0].occurred_at is None


def test_facebook_changes() -> None:
    found = _by_id("facebook/valid/bodies.ndjson")
    added, removed = found["comment:55_1"]
    assert (added.is_retracted, removed.is_retracted) == (False, True)
    assert added.parent_id is None
    assert removed.version_at and added.version_at and removed.version_at > added.version_at
    (answer,) = found["comment:55_2"]
    assert (answer.parent_id, answer.actor_kind) == ("comment:55_1", "page")
    assert found["comment:55_3"][0].metadata == {"hidden": True}
    assert found["reaction:100_55:7"][0].native_kind == "wow"
    assert {"like:100_55:9", "share:56", "mention:44_44"} <= set(found)
    assert found["starred:planet:100_55:7:1772360005"][0].native_type == "planet"
    posts = [r for r in _records("facebook/valid/bodies.ndjson") if isinstance(r, Post)]
    assert [(post.post_id, post.author_id) for post in posts] == [("100_57", "8")]


def test_tiktok_comments_and_replies() -> None:
    found = _by_id("tiktok/valid/web.json")
    (reply,) = found["comment:803"]
    assert (reply.parent_id, reply.thread_id) == ("comment:802", "comment:801")
    assert found["comment:802"][0].parent_id == "comment:801"
    scraped = [r for r in _records("tiktok/valid/scraped.json") if isinstance(r, Interaction)]
    assert len({record.native_id for record in scraped}) == 3  # two of them alike
    assert scraped[1].parent_id == scraped[0].native_id
    assert all(record.key_quality == "derived" for record in scraped)


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

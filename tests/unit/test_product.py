"""Product tracking: weak keys, durations, what is kept; one event in several formats."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from platform_files import DECLARED, FIXTURES, apply, format_of, landed, rejected

from loaders.parsing.formats import Context
from loaders.privacy import product_metadata
from loaders.records import Interaction, Landed, Post, Profile, Reason, Record
from loaders.registry import modules

VALID = FIXTURES / "product" / "valid"


def records(name: str, context: Context = DECLARED) -> list[Record]:
    content = (VALID / name).read_bytes()
    return landed(apply(content, format_of(VALID / name), context))


def interactions(name: str, context: Context = DECLARED) -> list[Interaction]:
    return [one for one in records(name, context) if isinstance(one, Interaction)]


def tracked(metadata: str) -> Interaction | Reason:
    fmt = next(one for one in modules()["product"].FORMATS if one.name == "tracking_json")
    body = b'{"post_id":"p","interaction_type":"view","metadata":{%s}}' % metadata.encode()
    found = apply(body, fmt)
    for reject in rejected(found):
        return reject.reason
    (one,) = landed(found)
    assert isinstance(one, Interaction)
    return one


def test_without_an_event_id_the_key_is_weak_and_numbered() -> None:
    found = interactions("batch.json", Context())
    assert len({one.native_id for one in found}) == len(found) == 6
    clicks = [one.native_id for one in found if one.native_type == "click"]
    assert clicks[0].removesuffix(":1") == clicks[1].removesuffix(":2")
    assert [one.key_quality for one in found] == ["weak"] * 5 + ["native"]
    assert (found[0].actor_id, found[0].actor_kind) == (None, "anonymous")
    assert (found[0].occurred_at, found[0].time_precision) == (None, "unknown")
    full = found[5]
    assert (full.native_id, full.actor_id, full.native_type) == ("event:e-1", "u1", "hover")
    assert interactions("batch.json", Context(account="me"))[0].actor_id == "me"


def test_metadata_is_kept_by_allow_list() -> None:
    first, second, *_ = interactions("batch.json")
    assert first.metadata == {"duration": 5200, "scroll_depth": 80, "source": "feed"}
    assert second.metadata == {"duration": 5200, "scroll_depth": 80.5}
    single, rounded, _ = interactions("single.ndjson")
    assert single.actor_id and single.actor_id.startswith("email:")
    assert rounded.metadata == {"duration": 1000}


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ('"duration":0', {"duration": 0}),
        ('"duration":1500.5', {"duration": 1501}),
        ('"duration":" 42 "', {"duration": 42}),
        ('"duration":""', None),
        ('"duration":null,"source":7,"position":true', {"position": True, "source": 7}),
        ('"source":"2001:db8::1","campaign":"10:30"', {"campaign": "10:30"}),
        (f'"source":"{"x" * 201}","method":["a"],"variant":{10**19}', None),
        ('"duration":"1e3"', None),
        ('"duration":true', None),
        ('"duration":[1]', None),
        ('"duration":2147483648', None),
        ('"scroll_depth":-0.5', None),
        ('"scroll_depth":100.5,"duration":1', {"duration": 1}),
        ('"duration":1e400', None),
    ],
)
def test_measures(metadata: str, expected: object) -> None:
    found = tracked(metadata)
    assert (found.metadata if isinstance(found, Interaction) else found) == expected


def test_a_key_that_the_seed_names_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told = '"variant":"b","ip":"203.0.113.9","seat":"12a"'
    found = tracked(told)
    assert isinstance(found, Interaction) and found.metadata == {"variant": "b"}
    seed = tmp_path / "keys.csv"
    seed.write_text("metadata_key,meaning\nseat,Where\nip,Never an address\n")
    monkeypatch.setattr(product_metadata, "SEED", seed)
    product_metadata.keys.cache_clear()
    try:
        found = tracked(told)
    finally:
        product_metadata.keys.cache_clear()
    assert isinstance(found, Interaction) and found.metadata == {"seat": "12a"}


def test_the_exchange_format_keeps_no_more_of_a_product() -> None:
    content = (FIXTURES / "generic" / "valid" / "every_record.ndjson").read_bytes()
    found = landed(apply(content, modules()["generic"].FORMATS[0]))
    ours = [one for one in found if getattr(one, "platform", "") == "product"]
    viewed, profile = ours
    assert isinstance(viewed, Interaction) and isinstance(profile, Profile)
    assert viewed.metadata == {"duration": 5201, "scroll_depth": 80, "source": "feed"}
    assert viewed.actor_id and viewed.actor_id.startswith("email:")
    assert profile.actor_id == viewed.actor_id


def test_segment_events_and_tables_say_the_same() -> None:
    by_id = {one.native_id: one for one in interactions("segment.ndjson")}
    (page,) = interactions("segment_pages.csv")
    (track,) = interactions("segment_tracks.csv")
    assert by_id["event:ajs-1"] == page
    assert page.post_id == "https://example.com/garden"
    assert page.metadata == {"source": "news", "campaign": "spring"}
    clicked = by_id["event:ajs-2"]
    assert (clicked.native_type, clicked.native_kind) == ("track", "Link Clicked")
    assert clicked.metadata == {"position": 3}
    assert msgspec.structs.replace(clicked, metadata=None) == track
    assert (clicked.actor_id, clicked.actor_kind) == ("anon-1", "anonymous")
    posts = [
        {one for one in records(name) if isinstance(one, Post)}
        for name in ("segment.ndjson", "segment_pages.csv")
    ]
    assert posts[1] <= posts[0]


def test_times_are_put_right_by_the_clock_of_the_server() -> None:
    clicked = interactions("segment.ndjson")[1]
    assert clicked.occurred_at and clicked.occurred_at.isoformat().endswith("10:00:11+00:00")
    late = interactions("snowplow.ndjson")[1]
    assert late.occurred_at and late.occurred_at.isoformat().endswith("10:00:04+00:00")


def test_snowplow_in_three_formats() -> None:
    first, clash, struct = interactions("snowplow.ndjson")
    assert first.native_id.removesuffix("f1") == clash.native_id.removesuffix("f2")
    assert (struct.native_type, struct.native_kind) == ("event", "like")
    assert (clash.actor_id, struct.actor_id) == ("d2", "n1")
    tsv = interactions("snowplow.tsv")
    assert tsv == [first, struct]
    rows = interactions("snowplow.csv")
    assert len(rows) == 2  # a true repeat: the ledger counts it once
    assert rows[0] == rows[1] == msgspec.structs.replace(first, metadata=None)


def test_posthog() -> None:
    listed, exported = interactions("posthog.json")
    assert (listed.native_type, listed.actor_id) == ("$pageview", "d-1")
    assert listed.post_id == exported.post_id == "https://example.com/garden"
    assert exported.actor_id and exported.actor_id.startswith("email:")
    captured = interactions("posthog_captured.ndjson")
    assert [one.key_quality for one in captured] == ["weak"] * 3
    assert len({one.native_id for one in captured}) == 3


def test_an_empty_batch_is_no_error() -> None:
    fmt = next(one for one in modules()["product"].FORMATS if one.name == "tracking_json")
    assert fmt.recognises(b'{"interactions": []}')
    assert apply(b'{"interactions": []}', fmt) == [Landed(1, ())]

"""The maps of published taps, each with a record per stream as its schema has it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from loaders.exchange import mapping, singer
from loaders.parsing.formats import Context
from loaders.reading.documents import Document
from loaders.reading.reader import outcomes
from loaders.records import Counter, Interaction, Landed, Post, Profile, Record

MAPS = Path(__file__).parents[2] / "integrations" / "singer"
NOON = "2026-03-01T12:00:00Z"
PEOPLE = {"id": "7", "name": "Ann", "username": "ann", "followers_count": 3}
MESSAGE = {
    "channel_id": "C1", "ts": "1772366400.000200", "thread_ts": "1772366400.000100",
    "user": "U1", "text": "calm", "type": "message", "reply_count": 2, "blocks": [{}],
}  # fmt: skip
MEDIA = {
    "id": "1790", "caption": "Moss", "media_type": "IMAGE", "permalink": "https://i.example/1",
    "timestamp": "2026-03-01 12:00:00", "owner": {"id": "5"}, "like_count": 4,
    "comments_count": None, "shortcode": "x",
}  # fmt: skip
RECORDS: dict[str, dict[str, dict[str, Any]]] = {
    "slack": {
        "messages": MESSAGE,
        "threads": MESSAGE | {"edited": {"user": "U1", "ts": "1772366500.000000"}},
        "channels": {"id": "C1", "name": "moss", "created": 1772366400, "num_members": 3},
        "users": PEOPLE | {"real_name": "Ann", "is_bot": False, "profile": {"email": "a@b.c"}},
    },
    "linear": {
        "comments": {
            "id": "c1", "body": "calm", "createdAt": NOON, "updatedAt": NOON, "editedAt": None,
            "issue": {"id": "i1", "title": "Moss"}, "user": {"id": "u1", "name": "Ann"},
        },
        "issues": {"id": "i1", "title": "Moss", "createdAt": NOON, "updatedAt": NOON,
                   "team": {"id": "t", "name": "T"}, "creator": {"id": "u1"}, "trashed": None},
        "users": PEOPLE | {"displayName": "ann"},
    },
    "instagram": {"media": MEDIA, "stories": MEDIA, "users": PEOPLE | {"ig_id": 1}},
    "facebook": {
        "posts": {"id": "1_2", "message": "Moss", "created_time": "2026-03-01T12:00:00+0000",
                  "updated_time": NOON, "permalink_url": "https://f.example/2", "page_id": "1"},
        "facebook_posts": {"id": "1_2", "message": "Moss", "created_time": NOON,
                           "total_reaction_count": 4, "comment_count": 1, "wow_count": 2},
    },
    "x": {
        "tweets": {
            "id": "17", "author_id": "7", "created_at": NOON, "text": "@b",
            "conversation_id": "16", "public_metrics": {"like_count": 4, "reply_count": 0},
            "expansion__author_id": {"id": "7", "username": "ann", "name": "Ann",
                                     "public_metrics": {"followers_count": 3}},
        },
        "users": PEOPLE | {"verified": True, "public_metrics": {"followers_count": 3}},
    },
    "youtube": {
        "videos": {"id": "v", "snippet": {"title": "Moss", "published_at": NOON,
                                          "channel_id": "UC1"},
                   "statistics": {"view_count": 9, "like_count": 4, "dislike_count": None}},
    },
}  # fmt: skip


def _read(name: str, stream: str) -> list[Record]:
    told = mapping.read_streams(MAPS / f"{name}.toml")[stream]
    message = {"type": "RECORD", "stream": stream, "record": RECORDS[name][stream]}
    content = json.dumps({**message, "time_extracted": NOON}).encode()
    with Document.of_bytes(content, "tap") as document:
        (outcome,) = outcomes(document, singer.records(told), Context())
    assert isinstance(outcome, Landed), outcome
    assert outcome.notes == ()
    return list(outcome.records)


def test_every_map_and_stream_has_a_record_here() -> None:
    found = {path.stem: set(mapping.read_streams(path)) for path in sorted(MAPS.glob("*.toml"))}
    assert found == {name: set(streams) for name, streams in RECORDS.items()}


@pytest.mark.parametrize(
    ("name", "stream"), [(name, stream) for name in RECORDS for stream in RECORDS[name]]
)
def test_a_record_of_each_stream_is_read_whole(name: str, stream: str) -> None:
    records = _read(name, stream)
    assert {record.platform for record in records if not hasattr(record, "slug")} == {name}
    for record in records:
        match record:
            case Interaction():
                assert record.occurred_at is not None
                assert (record.actor_id, record.text, record.post_id) != (None, None, None)
            case Post() if record.native_type not in ("message", "comment"):
                assert record.title
            case Profile():
                assert record.display_name == "Ann"
            case Counter():
                assert record.observed_at is not None


def test_keys_of_slack_and_linear_are_of_all_their_parts() -> None:
    message, comment = _read("slack", "threads")[0], _read("linear", "comments")[0]
    assert isinstance(message, Interaction)
    assert isinstance(comment, Interaction)
    assert message.native_id == "C1:1772366400.000200"
    assert message.thread_id == "C1:1772366400.000100"
    assert message.occurred_at is not None
    assert message.occurred_at.microsecond == 200
    assert comment.native_id == "comment:c1"  # as the warehouse's own loader

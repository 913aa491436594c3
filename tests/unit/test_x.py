"""X: one data set in two shapes, edits, deletions, likers, the archive."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from platform_files import DECLARED, FIXTURES, apply, format_of, landed, rejected

from loaders.parsing.formats import Context
from loaders.reading.documents import Document
from loaders.reading.reader import outcomes
from loaders.records import Counter, Interaction, Post, Profile, Reason, Record
from loaders.registry import modules

VALID = FIXTURES / "x" / "valid"


def records(path: Path, context: Context = DECLARED) -> list[Record]:
    with Document.open(path) as document:
        return landed(list(outcomes(document, format_of(path), context)))


def interactions(name: str, context: Context = DECLARED) -> dict[str, Interaction]:
    found = [one for one in records(VALID / name, context) if isinstance(one, Interaction)]
    assert len({one.native_id for one in found}) == len(found)
    return {one.native_id: one for one in found}


def test_pages_and_flattened_lines_say_the_same() -> None:
    page, lines = records(VALID / "page.json"), records(VALID / "flattened.ndjson")
    gone = [one for one in page if isinstance(one, Interaction) and one.actor_kind == "deleted"]
    assert {one.actor_id for one in gone} == {"23"}  # only a page says who is suspended
    page = [
        msgspec.structs.replace(one, actor_kind=None) if isinstance(one, Interaction) else one
        for one in page
    ]
    assert {msgspec.json.encode(one) for one in page} == {
        msgspec.json.encode(one) for one in lines
    }
    assert len(page) == len(lines)


def test_what_posts_do() -> None:
    found = interactions("page.json")
    root = "1700000000000000100"
    assert set(found) == {
        "tweet:1700000000000000101", "mention:1700000000000000101:22",
        "tweet:1700000000000000102", "tweet:1700000000000000103", f"retweeted:{root}:21",
        "mention:2028051369004367872:20",
        "tweet:1700000000000000105", "quoted:1700000000000000105",
    }  # fmt: skip
    reply, nested = found["tweet:1700000000000000101"], found["tweet:1700000000000000102"]
    assert (reply.native_type, reply.post_id, reply.parent_id) == ("replied_to", root, None)
    assert (nested.thread_id, nested.parent_id) == (root, "tweet:1700000000000000101")
    repost = found[f"retweeted:{root}:21"]
    assert (repost.native_type, repost.text) == ("retweeted", None)
    assert found["quoted:1700000000000000105"].post_id == root
    assert found["tweet:1700000000000000105"].time_precision == "unknown"
    mention = found["mention:1700000000000000101:22"]
    assert (mention.actor_id, mention.metadata) == ("21", {"mentioned_id": "22"})
    payload = json.loads(reply.payload or b"")
    assert "geo" not in payload
    assert payload["public_metrics"]["like_count"] == 2


def test_an_edit_keeps_the_first_id_and_time() -> None:
    (edited,) = (
        one
        for one in records(VALID / "page.json")
        if isinstance(one, Post) and one.post_id == "2028051369004367872"
    )
    assert edited.title and edited.title.endswith("rather long")
    assert edited.posted_at and edited.posted_at.isoformat() < "2026-03-01T10:20:00+00:00"
    mention = interactions("page.json")["mention:2028051369004367872:20"]
    assert mention.occurred_at == edited.posted_at
    assert mention.version_at and mention.version_at.isoformat() == "2026-03-01T10:20:00+00:00"


def test_accounts_and_counters() -> None:
    page = records(VALID / "page.json")
    profiles = {one.actor_id: one for one in page if isinstance(one, Profile)}
    assert set(profiles) == {"20", "21", "22"}  # 23 is suspended
    assert (profiles["20"].follower_count, profiles["20"].is_verified) == (12000, True)
    assert (profiles["21"].follower_count, profiles["21"].is_verified) == (7, False)
    assert (profiles["22"].follower_count, profiles["22"].is_verified) == (None, None)
    counters = {
        (one.post_id, one.native_metric): one.value for one in page if isinstance(one, Counter)
    }
    assert counters["1700000000000000100", "impression_count"] == 700
    assert not [key for key in counters if key[0] == "1700000000000000104"]


def test_likers_need_to_be_told_whose() -> None:
    found = interactions("likers.ndjson")
    assert set(found) == {
        "like:1700000000000000100:21", "like:1700000000000000100:22",
        "retweeted:1700000000000000100:21", "follow:20:23",
    }  # fmt: skip
    assert all(one.occurred_at is None for one in found.values())
    fmt = next(one for one in modules()["x"].FORMATS if one.name == "x_users_json")
    page = b'{"data":[{"id":"21","username":"bo","name":"Bo"}],"meta":{"result_count":1}}'
    (reject,) = rejected(apply(page, fmt))
    assert reject.reason == Reason.UNSUPPORTED_RECORD
    assert "liking_users_<post id>" in reject.detail


@pytest.mark.parametrize(
    ("name", "native_id"),
    [
        ("liking_users_1700000000000000100.json", "like:1700000000000000100:21"),
        ("1700000000000000100/retweeted_by.json", "retweeted:1700000000000000100:21"),
    ],
)
def test_the_name_of_a_file_may_say_it(name: str, native_id: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        '{"data":[{"id":"21","username":"bo","name":"Bo"}],"meta":{"result_count":1}}'
    )
    first, *_ = records(path)
    assert isinstance(first, Interaction)
    assert first.native_id == native_id


def test_a_repost_is_the_same_wherever_it_is_told() -> None:
    assert interactions("likers.ndjson").keys() & interactions("page.json").keys() == {
        "retweeted:1700000000000000100:21"
    }


def test_deletions_retract() -> None:
    found = interactions("compliance.ndjson")
    posted = interactions("page.json")["tweet:1700000000000000101"]
    deleted = found["tweet:1700000000000000101"]
    assert deleted.is_retracted
    assert deleted.version_at and posted.version_at and deleted.version_at > posted.version_at
    assert not found["scrub_geo:1700000000000000103"].is_retracted


def test_the_archive_is_the_exporters() -> None:
    mine = Context(account="20", exporter="20")
    found = interactions("tweets.js", mine)
    reply = found["tweet:1334900000000000001"]
    assert (reply.actor_id, reply.actor_kind) == ("20", "exporter")
    assert (reply.native_type, reply.post_id) == ("replied_to", "1334800000000000000")
    assert reply.occurred_at and reply.occurred_at.isoformat() == "2020-12-04T17:17:00+00:00"
    assert found["tweet:1334900000000000004"].native_type == "retweeted"
    assert set(found) == {
        "tweet:1334900000000000001", "mention:1334900000000000001:22",
        "tweet:1334900000000000004",
    }  # fmt: skip
    posts = [one.post_id for one in records(VALID / "tweets.js") if isinstance(one, Post)]
    assert posts == ["1334900000000000001", "1334900000000000002", "1334900000000000005"]
    assert interactions("deleted_tweets.js", mine)["tweet:1334900000000000006"].is_retracted
    like = interactions("like.js", mine)["like:1700000000000000100:20"]
    assert (like.actor_id, like.occurred_at) == ("20", None)
    anonymous = interactions("like.js", Context())["like:1700000000000000100:exporter"]
    assert (anonymous.actor_id, anonymous.actor_kind) == (None, "exporter")
    declared = interactions("like.js", Context(account="20"))  # may be declared later
    assert declared["like:1700000000000000100:exporter"].actor_id == "20"
    assert set(interactions("follower.js", mine)) == {"follow:20:21", "follow:20:23"}


def test_conversations_of_the_archive() -> None:
    found = interactions("direct-messages.js", Context(account="20"))
    assert {one.native_type for one in found.values()} == {
        "messageCreate", "reaction", "joinConversation",
    }  # fmt: skip
    message, reaction = found["message:9001"], found["reaction:9001:21"]
    assert (message.text, message.thread_id, message.actor_kind) == (
        "hello",
        "20-21",
        "exporter",
    )
    assert (reaction.native_kind, reaction.parent_id) == ("funny", "message:9001")

"""Examples of platforms: what the records of one file become."""

from __future__ import annotations

from collections import Counter as Tally
from typing import Any

from platform_files import FIXTURES, apply, format_of, landed

from loaders.records import Counter, Interaction, Post, Profile


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
    counters = [record for record in records if isinstance(record, Counter)]
    assert {told.post_id for told in counters} == {"message:1002"}
    assert {told.native_metric: told.value for told in counters} == {
        "reaction:👍": 2,
        "reaction:77": 4,
    }
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
    assert {"reaction:100_55:9", "share:56", "mention:44_44"} <= set(found)
    assert found["starred:planet:100_55:7:1772360005"][0].native_type == "planet"
    posts = [r for r in _records("facebook/valid/bodies.ndjson") if isinstance(r, Post)]
    assert {post.post_id: post.author_id for post in posts} == {
        "100_55": None,
        "100_56": None,
        "100_57": "8",
    }
    assert {post.owner_id for post in posts} == {"100"}


def test_tiktok_comments_and_replies() -> None:
    found = _by_id("tiktok/valid/web.json")
    (reply,) = found["comment:803"]
    assert (reply.parent_id, reply.thread_id) == ("comment:802", "comment:801")
    assert found["comment:802"][0].parent_id == "comment:801"
    scraped = [r for r in _records("tiktok/valid/scraped.json") if isinstance(r, Interaction)]
    assert len({record.native_id for record in scraped}) == 3  # two of them alike
    assert scraped[1].parent_id == scraped[0].native_id
    assert all(record.key_quality == "derived" for record in scraped)

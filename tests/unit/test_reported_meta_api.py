"""Reported cases of the Graph API and webhooks: Facebook, Instagram and Threads."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from meta_documents import TIME, posts, told_of
from platform_files import by_id, landed, records_of, rejected
from reported import interactions, needs_samples, outcomes_of, records, told_as

from loaders.records import Counter, Interaction, Post

FIXTURES = Path(__file__).parents[1] / "fixtures"


@needs_samples
def test_a_removed_post_is_marked() -> None:
    found = posts(outcomes_of("b33_fb_removed_post.json"))
    removed = {post.observed_at: post.is_removed for post in found if post.native_type}
    assert list(removed.values()) == [False, True]


def test_posts_that_are_not_published_are_marked() -> None:
    found = [
        record
        for name in ("facebook/valid/removed.ndjson", "facebook/valid/page_with_posts.json")
        for record in records_of(name)
        if isinstance(record, Post) and record.is_removed is not None
    ]
    assert [(post.post_id, post.is_removed) for post in found] == [
        ("100_60", False),
        ("100_60", True),
        ("100_61", True),
        ("100_55", False),
        ("100_58", True),
    ]


@needs_samples
def test_a_like_and_its_reaction_are_one() -> None:
    found = interactions(outcomes_of("c07_fb_webhook.json"))
    standing = {one.native_id: one for one in sorted(found, key=_version)}
    assert [
        (one.native_type, one.actor_id) for one in standing.values() if not one.is_retracted
    ] == [("like", "10210055")]


def _version(told: Interaction) -> datetime:
    assert told.version_at is not None
    return told.version_at


def test_another_reaction_replaces() -> None:
    change = {
        "item": "reaction",
        "post_id": "100_55",
        "from": {"id": "7"},
        "created_time": 1772360000,
    }
    changes = [
        {"field": "feed", "value": change | {"verb": verb, "reaction_type": kind}}
        for verb, kind in (("add", "like"), ("edit", "love"), ("remove", "love"))
    ]
    entries = [
        {"id": "100", "time": 1772360000 + number, "changes": [one]}
        for number, one in enumerate(changes)
    ]
    told = interactions(told_of({"object": "page", "entry": entries}))
    assert {one.native_id for one in told} == {"reaction:100_55:7"}
    assert [one.native_type for one in told] == ["like", "reaction", "reaction"]
    assert [one.is_retracted for one in told] == [False, False, True]
    assert len({one.version_at for one in told}) == 3


@needs_samples
def test_who_runs_the_page_is_told() -> None:
    (place,) = posts(outcomes_of("e1_fb_own.json"))
    assert (place.post_id, place.owner_id) == ("900300_1", "900300")
    (media,) = posts(outcomes_of("ig_webhook_10.json"))
    assert media.owner_id == "0"


def test_owners() -> None:
    owners = {
        (record.post_id, record.owner_id)
        for name in ("bodies.ndjson", "graph_post.json", "comments_without_authors.json")
        for record in records_of(f"facebook/valid/{name}")
        if isinstance(record, Post) and record.native_type != "comment"
    }
    assert {owner for _, owner in owners} == {"100"}
    mentioned = [
        post for post in records_of("instagram/valid/webhook.ndjson") if isinstance(post, Post)
    ]
    assert {post.post_id: post.owner_id for post in mentioned}["1781"] is None
    (mine,) = posts(
        told_of({"id": "1", "caption": "x", "media_type": "IMAGE", "username": "bo"})
    )
    assert mine.owner_id == "@bo"


@needs_samples
def test_comments_without_authors_are_comments() -> None:
    before = {
        one.native_id: one for one in interactions(outcomes_of("c08a_fb_comments_nofrom.json"))
    }
    after = {
        one.native_id: one for one in interactions(outcomes_of("c08b_fb_comments_from.json"))
    }
    assert before.keys() == after.keys()
    assert {one.actor_id for one in before.values()} == {None}
    assert {one.actor_id for one in after.values()} == {"77001", "77002"}


def test_an_author_by_name_only_is_nobody_yet() -> None:
    for name, key in (
        ("comments_of_post.json", "comment:55_10"),
        ("removed.ndjson", "comment:55_11"),
    ):
        (told,) = by_id(f"facebook/valid/{name}")[key]
        assert told.actor_id is None
        assert (told.metadata or {})["author"] in ("Nameless Id", "No Id")


@needs_samples
def test_comments_of_a_post_alone() -> None:
    (told,) = interactions(outcomes_of("fb_post_with_comments.json"))
    assert (told.text, told.post_id, told.actor_id) == ("great", "7_1", "98")


@needs_samples
def test_threads_is_not_instagram() -> None:
    assert told_as("threads_reply.json")[0] == "threads"
    (told,) = interactions(outcomes_of("threads_reply.json"))
    assert (told.platform, told.native_type, told.post_id) == ("threads", "comment", "54")


def test_threads() -> None:
    found = by_id("threads/valid/objects.ndjson")
    assert {key: one.actor_id for key, (one, *_) in found.items()} == {
        "comment:55": "@ada.g",
        "comment:56": "100",
        "share:57": "@cy",
        "share:58": "@cy",
    }
    assert (found["comment:56"][0].parent_id, found["comment:56"][0].post_id) == (
        "comment:55",
        "54",
    )
    assert {found[key][0].post_id for key in ("share:57", "share:58")} == {"54"}
    delivered = by_id("threads/valid/webhook.ndjson")
    assert set(delivered) == {"comment:55", "mention:59"}
    told = [
        record
        for record in records_of("threads/valid/webhook.ndjson")
        if isinstance(record, Post)
    ]
    assert {post.post_id: (post.owner_id, post.is_removed) for post in told} == {
        "54": ("100", None),
        "59": (None, None),
        "60": ("100", True),
    }


@needs_samples
@pytest.mark.parametrize("number", [10, 400])
def test_instagram_webhooks_of_any_size(number: int) -> None:
    name = f"ig_webhook_{number}.json"
    assert told_as(name)[0] == "instagram"
    assert len(interactions(outcomes_of(name))) == number


@pytest.mark.parametrize("platform", ["facebook", "instagram", "threads"])
def test_counts_belong_to_what_they_count(platform: str) -> None:
    """Each counter stands at something that is described or commented on."""
    for path in (FIXTURES / platform / "valid").iterdir():
        told = records_of(f"{platform}/valid/{path.name}")
        described = {record.post_id for record in told if isinstance(record, Post)}
        counted = {record.post_id for record in told if isinstance(record, Counter)}
        assert counted <= described or "insights" in path.name, path.name


@pytest.mark.parametrize(
    "fields",
    [
        {"created_time": "2026-03-01T10:00:00+0000", "name": "x"},
        {"updated_time": "2026-03-01T10:00:00+0000", "name": "x", "count": 3},
        {"created_time": "2026-03-01T10:00:00+0000", "type": "CONTACT_US"},
        {"likes": {"data": [{"id": "7", "name": "Ada"}], "summary": {"total_count": 1}}},
        {"likes": 4},
        {"created_time": "2026-03-01T10:00:00+0000", "participants": {"data": []}},
    ],
)
def test_only_what_is_known_lands(fields: dict[str, Any]) -> None:
    found = told_of({"id": "123", **fields})
    assert not records(found)
    assert rejected(found)


def test_likes_of_a_post_are_likes_of_it() -> None:
    people = {"data": [{"id": "7", "name": "Ada"}]}
    for likes in (people, people | {"summary": {"total_count": 9, "can_like": True}}):
        target = "123" if "summary" in likes else "100_55"
        (told,) = interactions(told_of({"id": target, "likes": likes}))
        assert (told.native_type, told.post_id, told.actor_id) == ("like", target, "7")
    both = {
        "id": "100_55",
        "likes": people,
        "reactions": {"data": [{"id": "7", "type": "LIKE"}]},
    }
    assert len(interactions(told_of(both))) == 1


def test_the_owner_of_a_media_is_one_account() -> None:
    comments = [
        {"id": str(number), "text": "x", "username": name, "timestamp": TIME}
        for number, name in ((1, "garden"), (2, "ada"))
    ]
    media = {
        "id": "1780",
        "caption": "x",
        "media_type": "IMAGE",
        "username": "garden",
        "owner": {"id": "100"},
        "comments": {"data": comments},
    }
    told = interactions(told_of(media))
    assert [(one.actor_id, one.actor_kind) for one in told] == [("100", "page"), ("@ada", None)]


def test_an_album_is_no_post() -> None:
    comment = {"id": "5_1", "message": "x", "created_time": TIME, "from": {"id": "7"}}
    found = told_of({"id": "5", "type": "wall", "comments": {"data": [comment]}})
    assert not posts(found)
    assert [one.post_id for one in interactions(found)] == ["5"]


def test_a_listed_object_with_insights_is_a_post() -> None:
    numbers = {"name": "post_clicks", "period": "lifetime", "values": [{"value": 5}]}
    post = {
        "id": "100_55",
        "message": "Spring is here",
        "created_time": TIME,
        "from": {"id": "100", "name": "Garden"},
        "insights": {"data": [numbers | {"id": "100_55/insights/post_clicks/lifetime"}]},
    }
    found = told_of({"data": [post]}, platform="facebook")
    assert [one.post_id for one in posts(found)] == ["100_55"]
    assert not interactions(found)
    counters = [one for one in landed(found) if isinstance(one, Counter)]
    assert [(one.post_id, one.native_metric, one.value) for one in counters] == [
        ("100_55", "post_clicks", 5)
    ]

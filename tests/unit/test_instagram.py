"""Records of Instagram's objects, webhooks and downloads."""

from __future__ import annotations

import pytest
from platform_files import by_id, records_of

from loaders.records import Counter, Interaction, Post

OBJECTS = "instagram/valid/objects.ndjson"
WEBHOOK = "instagram/valid/webhook.ndjson"


def interactions(name: str) -> list[Interaction]:
    return [r for r in records_of(f"instagram/valid/{name}") if isinstance(r, Interaction)]


def test_objects_pages_and_webhooks_name_the_same_things() -> None:
    objects, page, delivered = (
        by_id(OBJECTS),
        by_id("instagram/valid/page.json"),
        by_id(WEBHOOK),
    )
    single = by_id("instagram/valid/comment.json")
    same = ((objects, single), (objects, page), (single, delivered), (objects, delivered))
    for one, other in same:
        shared = one.keys() & other.keys()
        assert shared
        for key in shared:
            for field in ("native_type", "post_id", "parent_id", "text"):
                assert getattr(one[key][0], field) == getattr(other[key][0], field), (
                    key,
                    field,
                )
    assert objects["comment:1790"][0].actor_id == "7"
    assert objects["comment:1792"][0].actor_id == "@bo_g"
    assert single["comment:1791"][0].parent_id == "comment:1790"
    assert single["comment:1791"][0].actor_id is None


def test_media() -> None:
    counters = {
        (r.post_id, r.native_metric): r.value
        for r in records_of(OBJECTS)
        if isinstance(r, Counter)
    }
    assert counters == {
        ("1780", "like_count"): 40,
        ("1780", "comments_count"): 2,
        ("comment:1792", "like_count"): 0,
    }
    post, comment = (r for r in records_of(OBJECTS) if isinstance(r, Post))
    assert (post.author_id, post.native_type, post.title) == ("100", "IMAGE", "A picture")
    assert post.owner_id == "100"
    assert (comment.post_id, comment.native_type) == ("comment:1792", "comment")


def test_webhooks() -> None:
    found = by_id(WEBHOOK)
    assert found["comment:1791"][0].actor_kind == "page"
    old = found["comment:1700"][0]
    assert (old.actor_id, old.metadata) == (None, {"time_basis": "delivered"})
    assert (found["mention:1795"][0].parent_id, found["mention:1781"][0].parent_id) == (
        "comment:1795",
        None,
    )
    assert found["message:m_1"][0].actor_id == "7"
    assert found["reaction:m_1:100"][0].actor_kind == "page"
    assert found["news_of_tomorrow:1:2020-09-13T12:26:40+00:00"][0].key_quality == "weak"
    counters = {r.native_metric: r.value for r in records_of(WEBHOOK) if isinstance(r, Counter)}
    assert counters == {"impressions": 44, "reach": 44, "exits": 3}


def test_downloads_of_2020() -> None:
    comments = interactions("comments_2020.json")
    assert [told.text for told in comments] == ["schön", "schön", "nice"]
    assert len({told.native_id for told in comments}) == 3
    assert comments[0].metadata == {"owner": "@bo_g"}
    assert {(told.actor_id, told.actor_kind, told.post_id) for told in comments} == {
        ("declared", "exporter", None)
    }
    likes = interactions("likes_2020.json")
    assert [told.native_type for told in likes] == ["like", "comment_like"]
    first, liked, *_ = interactions("messages_2020.json")
    assert (first.actor_id, first.text) == ("@bo_g", "hi 🌱")
    assert (liked.native_type, liked.parent_id) == ("message_like", first.native_id)


def test_newer_downloads() -> None:
    told = interactions("post_comments_1.json")
    assert [comment.text for comment in told] == ["so calm 🌱", "wie schön", "schön", "nice"]
    assert [comment.metadata for comment in told] == [
        {"owner": "@bo_g"},
        *[{"owner": "@cy"}] * 3,
    ]
    assert {comment.native_type for comment in told} == {"comment"}


@pytest.mark.parametrize(
    ("name", "native_type", "actor_id", "post_id"),
    [
        ("reels_comments.json", "comment", "declared", None),
        ("liked_posts.json", "like", "declared", "AbC-_1"),
        ("saved_posts.json", "save", "declared", "AbC-_1"),
        ("followers_1.json", "follower", "@ada.g", None),
        ("following.json", "following", "declared", None),
    ],
)
def test_what_entries_are(
    name: str, native_type: str, actor_id: str, post_id: str | None
) -> None:
    told = interactions(name)[0]
    assert (told.native_type, told.actor_id, told.post_id) == (native_type, actor_id, post_id)

"""Records of Facebook's objects, conversations and downloads."""

from __future__ import annotations

from platform_files import by_id, records_of

from loaders.platforms.meta.download import repaired
from loaders.records import Counter, Interaction, Post

WEBHOOK = "facebook/valid/bodies.ndjson"
POST = "facebook/valid/graph_post.json"


def test_objects_and_webhooks_name_the_same_things() -> None:
    delivered, fetched = by_id(WEBHOOK), by_id(POST)
    for key in ("comment:55_1", "comment:55_2", "reaction:100_55:7", "reaction:100_55:9"):
        one, other = delivered[key][0], fetched[key][0]
        for field in ("native_type", "native_kind", "actor_id", "actor_kind", "post_id"):
            assert getattr(one, field) == getattr(other, field), (key, field)
        assert one.parent_id == other.parent_id
        if other.occurred_at is not None:
            assert one.occurred_at == other.occurred_at
            assert one.text == other.text


def test_counts_of_a_post_are_counters() -> None:
    counters = {
        (r.post_id, r.native_metric): r.value
        for r in records_of(POST)
        if isinstance(r, Counter)
    }
    assert counters == {
        ("100_55", "comments"): 12,
        ("100_55", "likes"): 30,
        ("100_55", "reactions"): 31,
        ("100_55", "shares"): 4,
        ("comment:55_1", "like_count"): 1,
        ("comment:55_1", "comment_count"): 1,
        ("comment:55_1", "reactions"): 1,
    }
    (reaction,) = by_id(POST)["reaction:55_1:9"]
    assert (reaction.parent_id, reaction.native_kind) == ("comment:55_1", "haha")
    assert (reaction.occurred_at, reaction.time_precision) == (None, "unknown")


def test_pages_of_objects_say_what_objects_say() -> None:
    whole = by_id(POST)
    for name in ("graph_comments_page", "graph_comment", "graph_feed_page"):
        for key, (told,) in by_id(f"facebook/valid/{name}.json").items():
            if key in whole:
                (other,) = whole[key]
                assert (told.post_id, told.parent_id) == (other.post_id, other.parent_id)
                assert (told.text, told.occurred_at) == (other.text, other.occurred_at)
    assert set(by_id("facebook/valid/graph_reactions_page.json")) == {
        "reaction:100_55:7",
        "reaction:100_55:8",
    }
    feed = [r for r in records_of("facebook/valid/graph_feed_page.json") if isinstance(r, Post)]
    assert {post.post_id for post in feed} == {"100_55", "100_50"}
    assert {post.owner_id for post in feed} == {"100"}


def test_conversations() -> None:
    found = by_id("facebook/valid/conversation.ndjson")
    first, edited = found["message:m_1"]
    assert (first.text, edited.text) == ("hi", "hi there")
    assert first.version_at and edited.version_at and edited.version_at > first.version_at
    (echo,) = found["message:m_2"]
    assert (echo.actor_id, echo.actor_kind, echo.parent_id) == ("100", "page", "message:m_1")
    assert {told.thread_id for told, *_ in found.values()} == {
        "conversation:100:7",
        "conversation:100:8",
    }
    assert found["reaction:m_2:7"][0].native_kind == "sad"
    assert found["reaction:m_2:8"][0].is_retracted
    assert found["read:7:1772360004000"][0].native_type == "read"


def test_a_like_is_a_like_wherever_it_is_told() -> None:
    """The old webhook's like, the newer reaction `like` and the edge's LIKE are one thing."""
    told = {
        *by_id("facebook/valid/removed.ndjson")["reaction:100_55:12"],
        *by_id("facebook/valid/graph_reactions_page.json")["reaction:100_55:8"],
    }
    assert len(told) == 3
    assert {one.native_type for one in told} == {"like"}
    (other,) = by_id("facebook/valid/graph_reactions_page.json")["reaction:100_55:7"]
    assert (other.native_type, other.native_kind) == ("reaction", "wow")


def test_ratings() -> None:
    found = by_id("facebook/valid/ratings.json")
    (added,), (removed,) = found["rating:900"], found["rating:901"]
    assert (added.native_kind, added.text, added.actor_id) == ("positive", "Good tea", "7")
    assert (removed.is_retracted, removed.native_kind) == (True, "4")


def test_downloads_are_repaired() -> None:
    told = [r for r in records_of("facebook/valid/comments.json") if isinstance(r, Interaction)]
    assert told[0].text == "schön 🌱"
    assert told[0].metadata == {"title": "Ada Løv hat einen Beitrag kommentiert."}
    assert {r.actor_id for r in told} == {"declared"}
    assert {r.actor_kind for r in told} == {"exporter"}
    assert len({r.native_id for r in told}) == 4  # two of them alike
    liked = records_of("facebook/valid/likes_and_reactions_1.json")
    kinds = [r.native_kind for r in liked if isinstance(r, Interaction)]
    assert kinds == ["haha", "j’aime"]
    for text in ("plain", "schön", "ключ", "\u00f0\u009f", None):
        assert repaired(text) == text

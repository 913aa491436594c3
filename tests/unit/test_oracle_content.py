"""The oracle computes marts about content, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import oracle
import pytest
from oracle import Capability
from oracle_cases import AS_OF, SEEDS, ago, content, counter, did, only, post, rows, world


def test_only_a_comment_has_a_value() -> None:
    said = [did(type_, type=type_, text="") for type_ in ("comment", "message", "Comment")]
    columns = "interaction_type interaction_value"
    assert set(rows("follower_interactions", world(said), columns)) == {
        ("comment", ""),
        ("message", None),
        (None, None),
    }


def test_the_newest_content_record_holds_and_a_post_has_one_item() -> None:
    tags = [{"type": "topic", "value": "x"}, {"type": "topic", "value": "x"}]
    of = world(
        [content("a", "tiktok/p1", "tiktok/p2", title="old", tags=tags)],
        [content("b", "tiktok/p1", "tiktok/p2", title="b", tags=tags), post("p3")],
        [content("a", "tiktok/p2", "tiktok/p4", title="new", slug="s")],
    )
    a, b = (oracle.key("acme", "content", name) for name in "ab")
    assert set(rows("content_items", of, "id title")) == {(a, "new"), (b, "b")}
    assert set(rows("content_posts", of, "external_post_id content_id")) == {
        ("p1", b),
        ("p2", a),
        ("p3", None),
        ("p4", a),
    }
    assert rows("content_tags", of, "content_id tag_type tag_value") == [(b, "topic", "x")]


def test_posts_merge_what_is_known() -> None:
    of = world([post("p1", title="t", posted_at=ago(1))], [post("p1", title="u", url="v")])
    columns = "title url posted_at"
    assert rows("content_posts", of, columns) == [("u", "v", AS_OF - oracle.DAY)]


def test_summary_and_rollup() -> None:
    unsupported = [Capability(on, "save", "unsupported") for on in ("tiktok", "discord")]
    of = world(
        [
            content("a", "tiktok/p2", "discord/v1", "tiktok/p1", title="A"),
            content("none"),
            did("1", occurred_at=ago(3)),
            did("2", type="comment", actor_id=None, post_id="p2"),
            did("3", type="share", retracted=True),
            did("4", type="boop", occurred_at=None),
            did("5", platform="discord", type="comment", post_id="v1"),
            did("6", platform="discord", post_id="v1"),
            counter(7),
            counter(5, post_id="p2", observed_at=ago(2)),
            counter(9, post_id="p2", metric="diggs", observed_at=ago(-1)),
        ],
        seeds=replace(SEEDS, capabilities=unsupported),
    )
    columns = "title platform_count platforms best_platform total_interactions"
    columns += " total_comments total_shares total_saves"
    assert set(rows("content_cross_platform_summary", of, columns)) == {
        # Six points on either platform, three interactions against two.
        ("A", 2, "discord, tiktok", "tiktok", 5, 2, 0, None),
        (None, 0, None, None, 0, None, None, None),
    }
    columns = "platform interaction_count gross_interaction_count engagement_score"
    columns += " comment_count share_count reported_like_count reported_view_count"
    columns += " reported_like_post_count best_like_count best_view_count"
    assert rows("content_platform_rollup", of, columns) == [
        ("discord", 2, 2, 6, 1, 0, None, None, 0, 1, 0),
        ("tiktok", 3, 4, 6, 1, 0, 12, None, 2, 12, 0),
    ]
    columns = "platform first_activity_at last_activity_at"
    yesterday = AS_OF - oracle.DAY
    assert rows("content_platform_rollup", of, columns) == [
        ("discord", yesterday, yesterday),
        ("tiktok", AS_OF - 3 * oracle.DAY, yesterday),
    ]


@pytest.mark.parametrize(
    ("oldest_peer", "best"),
    [
        ("2025-03-12T00:00:00.000001+00:00", "youtube"),
        ("2025-03-12T00:00:00+00:00", None),  # 90 days before is out, and four are too few
    ],
)
def test_normalised_best_platform(oldest_peer: str, best: str | None) -> None:
    peers = [oldest_peer, "2025-05-01T00:00:00Z", "2025-06-01T00:00:00Z"]
    peers += ["2025-06-10T00:00:00Z", "2025-06-10T00:00:00.000001Z"]  # the last is too new
    of = world(
        [
            content("a", "youtube/mine", "tiktok/p1"),
            post("mine", "youtube", posted_at="2025-06-10T00:00:00Z"),
            *(post(f"v{number}", "youtube", posted_at=at) for number, at in enumerate(peers)),
            *(did(f"p{number}") for number in range(100)),
            did("1", platform="youtube", post_id="mine"),
        ]
    )
    row = only("content_cross_platform_summary", of)
    assert (row["best_platform"], row["best_platform_normalised"]) == ("tiktok", best)


def test_the_best_of_several_posts_stands_for_a_platform() -> None:
    posts = [
        post(f"{number}", platform, posted_at=ago(10 - number))
        for platform in ("tiktok", "youtube")
        for number in range(5)
    ]
    posts += [post("flop", "tiktok", posted_at=ago(1))]
    likes = [did(str(number), post_id=str(number)) for number in range(5)]
    shares = [
        did(f"{number}{again}", platform="youtube", post_id=str(number), type="share")
        for number in range(5)
        for again in range(6 - number)
    ]
    item = content("a", "tiktok/flop", "tiktok/4", "youtube/4")
    row = only("content_cross_platform_summary", world([*posts, *likes, *shares, item]))
    assert (row["best_platform"], row["best_platform_normalised"]) == ("youtube", "tiktok")


def test_percentile_counts_equals_in() -> None:
    posts = [post(f"p{number}", posted_at=ago(5 - number)) for number in range(5)]
    likes = [did("1", post_id="p0"), did("2", post_id="p4"), did("3", post_id="p4")]
    of = world([*posts, *likes, did("4", post_id="p1"), did("5", post_id="p1")])
    facts = oracle.find_facts(of)
    newest = facts.posts["tiktok", "p4"]
    assert oracle.percentile(of, facts, newest) == 1
    unpopular = replace(newest, external_post_id="p3")
    assert oracle.percentile(of, facts, unpopular) == Fraction(2, 5)


def test_coverage() -> None:
    of = world(
        [
            did("1"),
            did("2"),
            did("3", type="comment"),
            did("4", post_id=None),
            did("5", type="save", retracted=True),
            counter(1, observed_at=ago(1)),
            counter(4, metric="diggs", observed_at=ago(1)),
            counter(8, metric="unheard_of"),
            counter(0, post_id="p2"),
            counter(3, platform="youtube"),
        ],
        seeds=replace(SEEDS, capabilities=[Capability("youtube", "like", "exact", False)]),
    )
    columns = "interaction_type observed_count reported_count coverage_rate"
    assert set(rows("content_coverage", of, columns)) == {
        ("like", 2, 4, Decimal("0.5")),
        ("comment", 1, None, None),
        ("like", 0, 0, None),
        ("like", None, 3, None),
    }

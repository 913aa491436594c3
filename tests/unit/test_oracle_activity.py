"""The oracle computes days, hours and windows, worked out by hand.

No database: these tests show that the oracle can be trusted, not that the warehouse is right.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from oracle import Decision, Workspace, World, find_facts
from oracle.activity import ACTIVITY_MARTS
from oracle.content import content_items
from oracle_cases import ago, content, did, world


def rows(mart: str, of: World, columns: str) -> list[tuple[object, ...]]:
    found = ACTIVITY_MARTS[mart](of, find_facts(of))
    return [tuple(row[name] for name in columns.split()) for row in found]


def test_days_are_dense_and_count_eligible_followers() -> None:
    of = world(
        [
            did("1", occurred_at=ago(3)),
            did("2", occurred_at=ago(3), type="comment"),
            did("3", occurred_at=ago(3), actor_id="bot"),
            did("4", occurred_at=ago(1), actor_id=None),
            did("5", occurred_at=None),
            did("6", occurred_at=ago(2), retracted=True, version_at=ago(1)),
        ]
    )
    of = replace(of, decisions=[Decision(1, "bot", "tiktok", "bot")])
    columns = "points like_count active_follower_count new_follower_count is_complete"
    assert rows("daily_activity", of, f"{columns} activity_date") == [
        (7, 2, 1, 1, True, date(2025, 6, 27)),
        (0, 0, 0, 0, True, date(2025, 6, 28)),
        (1, 1, 0, 0, True, date(2025, 6, 29)),
        (0, 0, 0, 0, False, date(2025, 6, 30)),
    ]


def test_a_day_is_the_workspaces() -> None:
    of = world([did("1", occurred_at="2025-06-29T11:59:59Z"), did("2", type="share")])
    of = replace(of, workspace=Workspace("acme", "Pacific/Auckland"))
    columns = "points running_engagement_score activity_date"
    assert rows("follower_daily_activity", of, columns) == [
        (1, 1, date(2025, 6, 29)),
        (10, 11, date(2025, 6, 30)),
    ]


def test_content_per_day_and_window() -> None:
    of = world(
        [
            content("a", "tiktok/p1", "tiktok/p2"),
            content("b", "tiktok/p3"),
            did("1", occurred_at=ago(7)),
            did("2", post_id="p2", occurred_at=ago(6)),
            did("3", post_id="p3", type="comment"),
            did("4", post_id="p4", type="comment"),
        ]
    )
    names = {row["id"]: row["external_content_id"] for row in content_items(of, find_facts(of))}
    shown = [
        (names[content_id], *row)
        for content_id, *row in rows(
            "top_content", of, "content_id window_days rank points points_change"
        )
    ]
    assert shown == [
        ("b", 7, 1, 5, 5),
        ("a", 7, 2, 1, 0),
        ("b", 30, 1, 5, 5),
        ("a", 30, 2, 2, 2),
    ]
    days = rows("content_daily_activity", of, "points activity_date")
    assert sorted(days, key=str) == [
        (1, date(2025, 6, 23)),
        (1, date(2025, 6, 24)),
        (5, date(2025, 6, 29)),
    ]


def test_engagers_add_up_over_the_posts_of_an_item() -> None:
    of = world(
        [
            content("a", "tiktok/p1", "tiktok/p2"),
            did("1", post_id="p1", type="comment"),
            did("2", post_id="p2", occurred_at=None),
            did("3", post_id="p2", actor_id="bot"),
            did("4", post_id="p1", actor_id="gone", retracted=True, version_at=ago(1)),
            did("5", post_id="p1", actor_id=None),
            did("6", post_id="p3"),
        ]
    )
    of = replace(of, decisions=[Decision(1, "bot", "tiktok", "bot")])
    columns = "points interaction_count comment_count like_count is_eligible"
    assert sorted(rows("content_engagers", of, columns)) == [
        (1, 1, 0, 1, False),
        (6, 2, 1, 1, True),
    ]


def test_hours_of_the_observed_weeks() -> None:
    of = world(
        [
            did("1", occurred_at="2025-06-22T23:30:00Z"),
            did("2", occurred_at="2025-06-29T22:30:00Z"),
            did("3", occurred_at="2025-06-29T22:59:59Z", actor_id=None),
            did("4", platform="x", occurred_at=None),
        ]
    )
    of = replace(of, workspace=Workspace("acme", "Europe/Berlin"))
    columns = "platform activity_weekday activity_hour week_count interaction_count"
    found = rows("activity_heatmap", of, f"{columns} active_count average_interaction_count")
    assert len(found) == 2 * 7 * 24
    assert [row for row in found if row[4]] == [
        ("tiktok", 1, 0, 2, 2, 1, 1),
        ("tiktok", 1, 1, 2, 1, 1, Decimal("0.5")),
    ]
    assert {row[3:] for row in found if row[0] == "x"} == {(None, None, None, None)}

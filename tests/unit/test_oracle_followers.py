"""The oracle computes scores, states and marts about followers, worked out by hand.

No database: these tests show that the oracle can be trusted, not that the warehouse is right.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import oracle
import pytest
from oracle import Decision, Workspace
from oracle_cases import AS_OF, SEEDS, ago, did, many, only, post, profile, rows, world


@pytest.mark.parametrize(
    ("counts", "score", "tier"),
    [
        ({"comment": 1, "like": 1, "share": 1}, 16, "lurker"),
        ({"like": 9}, 9, "inactive"),
        ({"like": 10}, 10, "lurker"),
        ({"like": 99}, 99, "lurker"),
        ({"share": 10}, 100, "active"),
        ({"share": 49, "like": 9}, 499, "active"),
        ({"share": 50}, 500, "super_fan"),
        ({"save": 1, "profile_visit": 1, "link_click": 1}, 26, "lurker"),
        ({"click": 3, "message": 3, "reaction": 3, "boop": 3}, 0, "inactive"),
    ],
)
def test_scores_and_tiers(counts: dict[str, int], score: int, tier: str) -> None:
    row = only("follower_engagement_scores", world(many(**counts)))
    assert (row["engagement_score"], row["engagement_tier"]) == (score, tier)
    assert row["interaction_count"] == sum(counts.values())


def test_keys_are_the_md5_of_their_parts() -> None:
    assert [
        oracle.key("acme", "tiktok", "42"),
        oracle.key("acme", "content", "épisode"),
    ] == [
        uuid.UUID("76839f6a1579a3b0c1939e918470a4b3"),
        uuid.UUID("380e33e3d964c8ec7f8db1e3097dd629"),
    ]


@pytest.mark.parametrize(
    ("days", "state"),
    [
        ([29], "new"),
        ([0], "new"),
        ([1, 31], "returning"),
        ([1, 61], "resurrected"),
        ([30], "at_risk"),  # exactly 30 days ago is no longer among the last 30
        ([59.9, 400], "at_risk"),
        ([60], "dormant"),
        ([], "dormant"),
    ],
)
def test_activity_state(days: list[float], state: str) -> None:
    records = [did(str(number), occurred_at=ago(day)) for number, day in enumerate(days)]
    row = only("follower_engagement_scores", world([profile(), *records]))
    assert row["activity_state"] == state


def test_windowed_scores_leave_out_their_first_instant_and_unknown_times() -> None:
    times = [ago(0), ago(7), ago(30), ago(90), None]
    records = [did(str(number), occurred_at=at) for number, at in enumerate(times)]
    row = only("follower_engagement_scores", world(records))
    windows = ("score_7d", "score_30d", "score_90d", "engagement_score")
    assert [row[column] for column in windows] == [1, 2, 3, 5]


@pytest.mark.parametrize(
    ("zone", "week_start", "moment", "week"),
    [
        ("UTC", "monday", "2025-06-30T00:00:00Z", "2025-06-30"),
        ("UTC", "monday", "2025-06-29T23:59:59.999999Z", "2025-06-23"),
        ("UTC", "sunday", "2025-06-29T00:00:00Z", "2025-06-29"),
        ("UTC", "sunday", "2025-06-28T23:59:59Z", "2025-06-22"),
        ("Europe/Berlin", "monday", "2025-06-29T22:00:00Z", "2025-06-30"),
        ("Europe/Berlin", "monday", "2025-11-02T22:59:59Z", "2025-10-27"),
        ("Europe/Berlin", "monday", "2025-11-02T23:00:00Z", "2025-11-03"),
        ("America/New_York", "sunday", "2025-11-02T04:00:00Z", "2025-11-02"),
        ("America/New_York", "sunday", "2025-11-02T03:59:59Z", "2025-10-26"),
        ("America/New_York", "sunday", "2025-11-09T04:59:59Z", "2025-11-02"),
    ],
)
def test_weeks_are_local(zone: str, week_start: str, moment: str, week: str) -> None:
    workspace = Workspace("acme", zone, week_start)
    assert oracle.week_of(workspace, datetime.fromisoformat(moment)) == date.fromisoformat(week)


def test_a_week_ends_at_local_midnight_also_when_the_clocks_change() -> None:
    berlin = Workspace("acme", "Europe/Berlin", "monday")
    ends = [oracle.week_end(berlin, date(2025, 10, day)) for day in (13, 20)]
    assert ends == [
        datetime(2025, 10, 19, 22, tzinfo=UTC),
        datetime(2025, 10, 26, 23, tzinfo=UTC),
    ]


def test_profiles_are_merged_in_the_order_of_observation() -> None:
    of = world(
        [
            profile(username="late", observed_at=ago(-1)),
            profile(username="new", observed_at=ago(0)),
            profile(username="old", display_name="Ann", observed_at=ago(9)),
        ],
        [
            profile(username="undated", follower_count=3, display_name="undated"),
            did("1", occurred_at=ago(10)),
        ],
    )
    columns = "username display_name follower_count is_verified first_seen"
    assert [row[:4] for row in rows("followers", of, columns)] == [("new", "Ann", 3, None)]


def test_an_account_that_took_everything_back_is_still_a_follower() -> None:
    of = world([did("1", retracted=True), did("2", actor_id=None)])
    columns = "platform_user_id first_seen first_landed_at"
    assert rows("followers", of, columns) == [("ann", None, AS_OF - timedelta(minutes=59))]
    assert oracle.marts(of)["top_engaged_followers"] == []


@pytest.mark.parametrize(
    ("kinds", "reason"),
    [
        ([], "bot"),
        (["not_bot"], None),
        (["not_bot", "bot"], "bot"),
        (["bot", "not_bot", "staff"], "staff"),
        (["not_bot", "staff", "not_staff"], None),
        (["blocked", "opted_out"], "opted_out"),
        (["opted_out", "opted_in", "not_bot"], None),
        (["opted_in", "opted_out"], "opted_out"),
        (["blocked", "normal", "not_bot"], None),
        (["erased", "staff", "blocked"], "erased"),
        (["flagged", "vip", "not_bot"], None),
        (["own"], "own_account"),
        (["own", "blocked"], "blocked"),
        (["own", "audience", "not_bot"], None),
    ],
)
def test_exclusion(kinds: list[str], reason: str | None) -> None:
    decisions = [Decision(at, kind, "tiktok", "ann") for at, kind in enumerate(kinds)]
    decisions.append(Decision(99, "blocked", "tiktok", "bob"))
    of = world([did("1", actor_kind="bot"), did("2")])
    row = only("followers", replace(of, decisions=decisions[::-1]))
    assert (row["is_eligible"], row["exclusion_reason"]) == (reason is None, reason)


def test_who_runs_a_place_or_stands_for_many_is_excluded() -> None:
    of = world(
        [
            post("p1", owner_id="shop"),
            *(did(name, actor_id=name) for name in ("shop", "ida", "seeded", "cleared")),
            did("export", actor_id="me", actor_kind="exporter"),
            did("gone", actor_id="gone", actor_kind="deleted"),
        ]
    )
    of = replace(
        of,
        own_accounts=[("tiktok", "seeded"), ("tiktok", "cleared")],
        decisions=[Decision(1, "audience", "tiktok", "cleared")],
    )
    found = oracle.marts(of)["followers"]
    assert {row["platform_user_id"]: row["exclusion_reason"] for row in found} == {
        "ida": None,
        "cleared": None,
        **dict.fromkeys(("shop", "seeded", "me"), "own_account"),
        "gone": "deleted",
    }
    assert rows("follower_cohorts", of, "follower_count") == [(2,)]
    assert rows("follower_retention", of, "cohort_size") == [(2,), (2,)]


def test_ranks_break_ties_by_interactions_then_id() -> None:
    of = world(
        [
            *(did(f"once {actor}", actor_id=actor, type="comment") for actor in "abc"),
            *(
                did(f"{number} {actor}", actor_id=actor)
                for number in range(5)
                for actor in "def"
            ),
        ]
    )
    expected = [
        *sorted(oracle.key("acme", "tiktok", actor) for actor in "def"),
        *sorted(oracle.key("acme", "tiktok", actor) for actor in "abc"),
    ]
    assert rows("top_engaged_followers", of, "rank follower_id") == [*enumerate(expected, 1)]


def test_missing_is_not_zero() -> None:
    capabilities = oracle.capabilities_from_rows(
        [
            {"platform": "tiktok", "metric": "like", "support": "unsupported"},
            {"platform": "tiktok", "metric": "save", "support": "unsupported"},
            {
                "platform": "tiktok",
                "metric": "view",
                "support": "exact",
                "names_people": "false",
                "valid_from": "2025-06-30",
                "valid_to": "",
            },
            {
                "platform": "tiktok",
                "metric": "share",
                "support": "unsupported",
                "names_people": "true",
                "valid_from": "",
                "valid_to": "2025-06-30",
            },
        ]
    )
    of = world([did("1")], seeds=replace(SEEDS, capabilities=capabilities))
    row = only("follower_engagement_scores", of)
    counts = {type_: row[f"{type_}_count"] for type_ in ("like", "save", "view", "share")}
    assert counts == {"like": 1, "save": None, "view": None, "share": 0}


def test_cohorts_and_retention() -> None:
    of = world(
        [
            did("1", occurred_at="2025-06-15T23:59:59Z"),  # Sunday: the week of 9 June
            did("2", occurred_at="2025-06-23T00:00:00Z"),
            did("3", actor_id="bob", occurred_at="2025-06-10T00:00:00Z"),
            did("4", actor_id="bob", occurred_at="2025-06-09T00:00:00Z", retracted=True),
            did("5", actor_id="cid", occurred_at=None),
        ]
    )
    columns = "cohort_week follower_count active_30d super_fans"
    assert rows("follower_cohorts", of, columns) == [(date(2025, 6, 9), 2, 2, 0)]
    columns = "week_number cohort_size active_count active_later_count"
    columns += " retention_rate is_complete"
    assert rows("follower_retention", of, columns) == [
        (0, 2, 2, 2, 1, True),
        (1, 2, 0, 1, 0, True),
        (2, 2, 1, 1, Decimal("0.5"), True),
        (3, 2, 0, 0, 0, False),
    ]


def test_a_week_is_complete_at_the_instant_it_ends() -> None:
    of = world([did("1", occurred_at="2025-06-29T00:00:00Z")])
    monday = datetime(2025, 6, 30, tzinfo=UTC)
    complete = [
        rows("follower_retention", replace(of, as_of=as_of), "week_number is_complete")
        for as_of in (monday - timedelta(microseconds=1), monday)
    ]
    assert complete == [[(0, False)], [(0, True), (1, False)]]


def test_first_landed_at_is_when_the_first_was_received() -> None:
    of = world([did("1")], [did("2"), did("1")])
    assert only("followers", of)["first_landed_at"] == AS_OF - timedelta(minutes=59)

"""The oracle knows which version of an interaction holds, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import oracle
import pytest
from oracle_cases import AS_OF, ago, did, only, rows, world


def test_identity_is_the_first_that_is_known() -> None:
    of = world(
        [did("1", actor_id=None, occurred_at=None)],
        [did("1", actor_id="ann", post_id="p2", occurred_at="2025-06-29T14:00:00+02:00")],
        [did("1", actor_id="bob", occurred_at="2025-06-29T12:00:00Z")],
    )
    (interaction,) = oracle.interactions_in_effect(of)
    assert (interaction.actor_id, interaction.post_id) == ("ann", "p1")
    assert interaction.occurred_at == AS_OF - timedelta(days=1)
    assert [(found.order, found.field) for found in oracle.conflicts(of)] == [
        ((2, 2, 1), "post_id"),
        ((3, 3, 1), "actor_id"),
    ]


def test_the_newest_version_holds_whatever_comes_last() -> None:
    newer = did("1", type="comment", text="newer", version_at=ago(0.1))
    older = did("1", type="comment", text="older", version_at=ago(0.5), retracted=True)
    row = only("follower_interactions", world([newer], [older]))
    assert row["interaction_value"] == "newer"


def test_a_version_without_a_time_is_as_new_as_its_document() -> None:
    """An older export that is loaded later wins nothing."""
    newer = [did("1", type="comment", text="new"), did("2", occurred_at=ago(0.5))]
    older = [did("1", type="comment", text="old and longer"), did("3", occurred_at=ago(0.9))]
    for of in (world(newer, older), world(older, newer)):
        assert {item.text for item in oracle.interactions_in_effect(of)} == {"new", None}


def test_of_documents_that_prove_the_same_the_last_received_is_newer() -> None:
    first, last = did("1", text="first, and longer"), did("1", text="last")
    for of in (world([first], [last]), world([first, last])):
        assert [item.text for item in oracle.interactions_in_effect(of)] == ["last"]


def test_of_versions_of_one_time_the_longer_text_counts() -> None:
    whole, cut = (did("1", text=text, version_at=ago(0.5)) for text in ("a whole", "a w"))
    for of in (world([whole], [cut]), world([cut], [whole]), world([cut, whole])):
        assert [item.text for item in oracle.interactions_in_effect(of)] == ["a whole"]


def test_a_retraction_that_arrives_first_still_retracts() -> None:
    retraction = did("1", version_at=ago(0.1), retracted=True)
    row = only("follower_engagement_scores", world([retraction], [did("1", version_at=ago(1))]))
    assert (row["interaction_count"], row["gross_interaction_count"]) == (0, 1)


def test_re_added_after_a_retraction_counts_again() -> None:
    versions = [
        did("1", version_at=ago(3 - step), retracted=step % 2 == 1) for step in range(3)
    ]
    for of in (world(versions), world(*([version] for version in versions))):
        assert len(oracle.marts(of)["follower_interactions"]) == 1


@pytest.mark.parametrize(
    ("as_of_days_ago", "texts"),
    [(11, []), (10, ["first"]), (6, ["first"]), (5, ["second"]), (2, []), (0, ["third"])],
)
def test_states_take_effect_when_their_version_says(
    as_of_days_ago: int, texts: list[str]
) -> None:
    first = did("1", type="comment", text="first", occurred_at=ago(10))
    second = {**first, "text": "second"}
    of = world(
        [{**first, "version_at": ago(10)}],
        [{**second, "version_at": ago(5)}],
        [{**second, "version_at": ago(2), "retracted": True}],
        [{**second, "version_at": ago(1), "text": "third"}],
    )
    as_of = AS_OF - as_of_days_ago * oracle.DAY
    timeline = oracle.marts(replace(of, as_of=as_of))["follower_activity_timeline"]
    assert [row["interaction_value"] for row in timeline] == texts


def test_a_change_without_a_time_holds_from_that_of_its_document() -> None:
    first = did("1", text="a", occurred_at=ago(10))
    of = world([first], [{**first, "text": "b"}, did("2", occurred_at=ago(3))])
    assert [
        (state.text, since)
        for state, since in oracle.states_of(
            oracle.deliveries_per_interaction(of)["tiktok", "1"]
        )
    ] == [
        ("a", AS_OF - 10 * oracle.DAY),
        ("b", AS_OF - 3 * oracle.DAY),
    ]


@pytest.mark.parametrize("as_of_days_ago", [0, 5])
def test_a_time_that_becomes_known_holds_from_the_start(as_of_days_ago: int) -> None:
    """However the deliveries are split into runs."""
    undated, dated = did("1", occurred_at=None), did("1", occurred_at=ago(3))
    expected = 1 if as_of_days_ago == 0 else 0
    for of in (world([undated, dated]), world([undated], [dated])):
        as_of = AS_OF - as_of_days_ago * oracle.DAY
        assert len(oracle.interactions_in_effect(replace(of, as_of=as_of))) == expected


def test_all_versions_of_one_load_hold_in_their_times() -> None:
    first = did("1", text="a", occurred_at=ago(10))
    edits = [
        {**first, "text": text, "version_at": ago(day)} for text, day in (("c", 2), ("b", 5))
    ]
    other = did("2", occurred_at=ago(1))
    for of in (
        world([*edits, first]),
        world([first, other], [edits[0]], [edits[1]]),
        world([edits[0]], [edits[1], first]),
    ):
        group = oracle.deliveries_per_interaction(of)["tiktok", "1"]
        since = [(state.text, at) for state, at in oracle.states_of(group)]
        assert since[0] == ("a", AS_OF - 10 * oracle.DAY)
        assert since[1:] == [
            ("b", AS_OF - 5 * oracle.DAY),
            ("c", AS_OF - 2 * oracle.DAY),
        ]


def test_known_at_leaves_out_what_was_received_later() -> None:
    of = world([did("1")], [did("2"), did("1", retracted=True)])
    of = replace(of, known_at=AS_OF - timedelta(minutes=59))
    assert rows("follower_interactions", of, "interaction_id") == [
        (oracle.key("acme", "tiktok", "1"),)
    ]

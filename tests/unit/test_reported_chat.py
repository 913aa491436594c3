"""Reported cases of Discord and Telegram."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import pytest
from platform_files import landed, rejected

from loaders.parsing.formats import Context
from loaders.parsing.times import zone
from loaders.reading.documents import Document
from loaders.reading.reader import outcomes
from loaders.records import Counter, Interaction, Outcome, Post, Profile
from loaders.registry import recognise

PROJECT = Path(__file__).parents[2]
REPORTED = PROJECT.parent / "shared" / "samples" / "reported"
pytestmark = pytest.mark.skipif(
    not REPORTED.is_dir(), reason="the reported samples are not here"
)

UTC_DECLARED = Context(timezone=UTC)
BERLIN = Context(timezone=zone("Europe/Berlin"))


def found_in(name: str, context: Context = UTC_DECLARED) -> list[Outcome]:
    """What becomes of a sample; a name may be the beginning of one."""
    (path,) = REPORTED.glob(f"{name}*") if not (REPORTED / name).exists() else [REPORTED / name]
    with Document.open(path) as document:
        _, fmt = recognise(document)
        return list(outcomes(document, fmt, context))


def told_in(name: str, context: Context = UTC_DECLARED) -> list[Interaction]:
    found = found_in(name, context)
    assert not rejected(found)
    return [record for record in landed(found) if isinstance(record, Interaction)]


def counted_in(name: str) -> dict[tuple[str, str], int]:
    """Counters by post and metric; each belongs to a message that is a post."""
    records = landed(found_in(name))
    counters = [record for record in records if isinstance(record, Counter)]
    posts = {record.post_id for record in records if isinstance(record, Post)}
    assert {one.post_id for one in counters} <= posts
    return {(one.post_id, one.native_metric): one.value for one in counters}


def test_reactions_are_counted_although_some_are_named() -> None:
    assert counted_in("c42_reaction_users.json") == {
        ("message:1348000000000000420", "reaction:👍"): 150,
        ("message:1348000000000000421", "reaction:👍"): 3,
    }
    (named,) = (
        one for one in told_in("c42_reaction_users.json") if one.native_type == "reaction"
    )
    assert named.actor_id == "650000000000000002"
    assert counted_in("discord_reaction_counts.json") == {
        ("message:1100000000000000001", "reaction:👍"): 5
    }


def test_the_spelling_of_an_instant_does_not_count() -> None:
    (one,), (other,) = told_in("b1s_a"), told_in("b1s_b")
    assert (one.native_id, one.post_id) == (other.native_id, "700000000000000203")


def test_a_tree_of_channels() -> None:
    files = sorted((REPORTED / "discord_csv_tree").rglob("*.csv"))
    told = [one for file in files for one in told_in(str(file.relative_to(REPORTED)))]
    assert len({one.native_id for one in told}) == len(told) == 6
    assert {one.post_id for one in told} == {"alpha", "beta", "gamma", "delta"}


def test_local_dates() -> None:
    days = [str(one.occurred_at)[:16] for one in told_in("c01b", BERLIN)]
    assert days == ["2023-10-05 22:37", "2023-10-06 11:05"]
    days = [str(one.occurred_at)[:16] for one in told_in("c01c", BERLIN)]
    assert days == ["2023-10-05 22:37", "2023-10-27 11:05"]


def test_a_thread_repeats_its_first_message() -> None:
    told = [
        one
        for name in ("c02a_parent.json", "c02b_thread_old.json", "c02c_thread_new.json")
        for one in told_in(name)
        if one.actor_id == "610000000000000001"
    ]
    assert {(one.native_id, one.native_type) for one in told} == {
        ("message:1348000000000000001", "Default"),
        ("message:1348000000000000002", "ThreadCreated"),
        ("message:1348000000000000003", "21"),
    }
    mapped = (PROJECT / "seeds" / "interaction_type_mappings.csv").read_text().splitlines()
    assert {"discord,ThreadCreated,*,", "discord,21,*,", "discord,Default,*,message"} <= set(
        mapped
    )


def test_the_placeholder_of_deleted_people_is_nobody() -> None:
    told = told_in("c16_deleted.json")
    assert [(one.actor_id, one.actor_kind) for one in told] == [(None, "deleted")] * 5 + [
        ("650000000000000001", "person")
    ]
    assert {one.post_id for one in told} == {"710000000000000016"}
    profiles = [r for r in landed(found_in("c16_deleted.json")) if isinstance(r, Profile)]
    assert {profile.username for profile in profiles} == {"mirela"}


def test_forwards_and_polls_keep_their_words() -> None:
    forward, result, plain = told_in("c04_forward.json")
    assert (forward.text, forward.parent_id) == ("Frost warning ORC-12 tonight", None)
    assert forward.metadata == {"forwarded_from_id": "message:1300000000000000001"}
    assert (result.native_type, plain.text) == ("46", "ok")


def test_rich_messages_keep_their_words() -> None:
    told = told_in("c05_rich.json")
    assert [(one.native_type, one.text) for one in told] == [
        ("message", "Swarm at BEE-7, @petra come"),
        ("mention", None),
        ("message", "smoker"),
        ("message", "coming"),
    ]
    assert told[1].metadata == {"mentioned_username": "petra"}
    assert [one.native_type for one in told_in("c06_unsupported.json")] == [
        "unsupported",
        "unsupported",
        "message",
    ]


def test_blank_names_are_none() -> None:
    records = landed(found_in("b5b_tg_names.json"))
    assert {r.display_name for r in records if isinstance(r, Profile)} == {None}
    kinds = [r.actor_kind for r in records if isinstance(r, Interaction)]
    assert kinds == [None, "deleted", None]


def test_snapshots_say_when_they_were_true() -> None:
    records = landed(found_in("b1j.json"))
    times = {r.observed_at for r in records if isinstance(r, Profile | Post)}
    assert {str(time) for time in times} == {"2026-03-10 12:00:00+00:00"}
    assert counted_in("b12a_newer.json") == {("message:1800000012:7", "reaction:🔥"): 50}
    owners = {r.owner_id for r in landed(found_in("b12b_older.json")) if isinstance(r, Post)}
    assert owners == {"channel1800000012", None}


def test_exports_and_updates_tell_of_the_same_reaction() -> None:
    one, other = (
        {told.native_id for told in told_in(name) if told.native_type == "reaction"}
        for name in ("c28a_desktop.json", "c28b_bot.ndjson")
    )
    assert one == other != set()
    standing: dict[str, str] = {}
    told = sorted(told_in("b6_bot_reactions.ndjson"), key=lambda each: str(each.version_at))
    for each in told:
        standing.pop(each.native_id, None)
        if not each.is_retracted:
            standing[each.native_id] = each.native_kind or ""
    assert sorted(standing.values()) == ["❤", "👍"]

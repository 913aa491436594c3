"""What a run says of new followers, changed scores and tiers, compared with the mart."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from command_line import Console

from warehouse import runs, score_changes
from warehouse.connection import Target
from warehouse.score_changes import ScoreChanges

AHEAD = timedelta(seconds=14)  # longer than a run needs to begin
Scores = dict[UUID, tuple[Any, str]]

_numbers = itertools.count(1)


def scores(session: psycopg.Connection) -> Scores:
    """Return score and tier of every follower."""
    rows = session.execute(
        "select follower_id, engagement_score, engagement_tier"
        " from marts.follower_engagement_scores"
    )
    return {follower: (score, tier) for follower, score, tier in rows}


def changes(before: Scores, after: Scores) -> ScoreChanges:
    """Return what the mart itself says has changed."""
    both = before.keys() & after.keys()
    return ScoreChanges(
        len(after.keys() - before.keys()),
        sum(before[key][0] != after[key][0] for key in both),
        sum(before[key][1] != after[key][1] for key in both),
    )


def act(key: str, actor: str, kind: str = "like", **more: object) -> dict[str, object]:
    """Return an interaction."""
    told = {"record": "interaction", "platform": "web", "id": key, "type": kind}
    return {**told, "actor_id": actor, "occurred_at": "2026-03-01T10:00:00Z", **more}


def describe(actor: str, day: int) -> dict[str, object]:
    """Return a description."""
    at = f"2026-03-{day:02}T10:00:00Z"
    told = {"record": "profile", "platform": "web", "actor_id": actor, "observed_at": at}
    return {**told, "username": f"user {actor}"}


@pytest.fixture
def land(warehouse: Console, tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    """Lands records; the events of it."""

    def land_records(*records: dict[str, object]) -> list[dict[str, Any]]:
        file = tmp_path / f"{next(_numbers)}.ndjson"
        file.write_text("".join(json.dumps(record) + "\n" for record in records))
        said = warehouse("load", file, "-w", "acme", "--log", "json")
        assert (said.code, said.err) == (0, "")
        return [json.loads(line) for line in said.out.splitlines()]

    return land_records


@pytest.fixture
def run(target: Target, session: psycopg.Connection) -> Callable[[], tuple[int, int, int]]:
    """Runs, and compares what it says with the mart before and after."""

    def run_and_compare() -> tuple[int, int, int]:
        before = scores(session)
        outcome = runs.run(target, session, accept=True)
        assert outcome.is_successful, outcome
        found = changes(before, scores(session))
        assert outcome.scores == found
        return found.new_follower_count, found.changed_score_count, found.changed_tier_count

    return run_and_compare


def test_runs_say_what_they_changed(
    land: Callable[..., object],
    run: Callable[[], tuple[int, int, int]],
    session: psycopg.Connection,
) -> None:
    land(act("1", "ann"), act("2", "bob", "comment"), act("3", "cid"), describe("dan", 1))
    assert run() == (4, 0, 0)
    # more of one, much more of another; a new one that is only described, an old one again
    land(
        act("4", "ann"),
        *(act(f"s{number}", "bob", "share") for number in range(60)),
        describe("eve", 1),
        describe("dan", 1),
        describe("cid", 2),
    )
    assert run() == (1, 2, 1)
    # taken back; another kind now; the same again; a former state that says nothing new
    land(
        act("2", "bob", "comment", retracted=True, version_at="2026-03-05T00:00:00Z"),
        act("3", "cid", "comment", version_at="2026-03-05T00:00:00Z"),
        act("4", "ann"),
        act("1", "ann", version_at="2026-02-01T00:00:00Z"),
    )
    assert run()[:2] == (0, 2)
    # another actor of a known interaction: the first one keeps it
    land(act("1", "fay"))
    assert run()[1:] == (0, 0)
    session.execute(
        "insert into raw.decisions (workspace_id, platform, actor_id, decision)"
        " values ('acme', 'web', 'bob', 'staff')"
    )
    assert run() == (0, 0, 0)


def test_what_comes_due_is_changed_then(
    land: Callable[..., object], run: Callable[[], tuple[int, int, int]]
) -> None:
    soon = datetime.now(UTC) + AHEAD
    at = soon.isoformat()
    land(
        act("due 1", "ann", occurred_at=at),
        act("due 2", "gus", occurred_at=at),
        {**describe("hal", 1), "observed_at": at},
    )
    assert run() == (0, 0, 0)
    time.sleep(max(0, (soon - datetime.now(UTC)).total_seconds()) + 0.5)
    assert run() == (2, 1, 0)


def test_a_run_and_a_load_as_events(
    land: Callable[..., list[dict[str, Any]]], warehouse: Console, session: psycopg.Connection
) -> None:
    (landed,) = land(act("event", "ivy"), act("event 2", "ann", "share"))
    assert (landed["event"], landed["platform"], landed["format"], landed["is_new"]) == (
        *("load_landed", "generic", "exchange_ndjson", True),
    )
    assert (landed["record_count"], landed["landed_count"], landed["rejected_count"]) == (
        2,
        2,
        0,
    )
    before = scores(session)
    said = warehouse("run", "--accept", "--log", "json")
    assert (said.code, said.err) == (0, "")
    told = [json.loads(line) for line in said.out.splitlines()]
    found = changes(before, scores(session))
    assert [item["event"] for item in told[:3]] == ["run_began", "run_ended", "followers_added"]
    ended = told[1]
    assert (ended["is_successful"], ended["load_count"], ended["posted_count"]) == (True, 1, 2)
    assert {item["event"]: item["follower_count"] for item in told[2:]} == {
        name: count
        for name, count in (
            ("followers_added", found.new_follower_count),
            ("scores_changed", found.changed_score_count),
            ("tiers_changed", found.changed_tier_count),
        )
        if count
    }
    said = warehouse("run", "--log", "json")
    (nothing,) = (json.loads(line) for line in said.out.splitlines())
    assert (nothing["event"], nothing["run_seq"], nothing["is_successful"]) == (
        *("run_ended", None, True),
    )
    with runs.run_lock(session):
        said = warehouse("run", "--log", "json")
    assert said.code == 3
    assert json.loads(said.out)["problem"] in said.err


def test_a_refused_file_as_an_event(warehouse: Console, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"nonsense")
    (tmp_path / "b.png").write_bytes(b"\x89PNG\r\n")
    said = warehouse("load", tmp_path, "-w", "acme", "--log", "json")
    assert (said.code, said.err) == (1, "")
    refused, skipped = (json.loads(line) for line in said.out.splitlines())
    assert (refused["event"], skipped["event"]) == ("load_refused", "load_skipped")
    assert "a.txt is none of the known formats" in refused["problem"]
    sentence = warehouse.fails(
        "load", tmp_path, "-w", "acme", "--log", "json", "--answer", "json", code=2
    )
    assert sentence.startswith("--answer and --log json both print JSON lines")


def test_all_followers_are_compared_where_everything_is_built(
    session: psycopg.Connection,
) -> None:
    """Of the followers that the tests above have landed."""
    with session.transaction(force_rollback=True):
        was, before = score_changes.before(session, None, None), scores(session)
        session.execute(
            "update core.follower_totals set share_count = share_count + 60,"
            " interaction_count = interaction_count + 60,"
            " gross_interaction_count = gross_interaction_count + 60"
        )
        session.execute(
            "insert into core.current_profiles"
            " (follower_id, workspace_id, platform, platform_user_id)"
            " values (gen_random_uuid(), 'acme', 'web', 'new')"
        )
        session.execute("delete from core.current_profiles where platform_user_id = 'dan'")
        found = changes(before, scores(session))
        assert score_changes.since(session, was) == found
        assert found.new_follower_count == 1
        assert found.changed_score_count > found.changed_tier_count > 0
        session.execute("alter table core.current_profiles rename to elsewhere")
        was = score_changes.before(session, None, None)
        session.execute("alter table core.elsewhere rename to current_profiles")
        assert score_changes.since(session, was) == ScoreChanges(len(scores(session)), 0, 0)
        session.execute("alter table core.follower_totals rename share_count to shared")
        assert score_changes.before(session, None, None) is None
        assert score_changes.since(session, None) is None

"""Marts of reported samples of Discord and Telegram, in any order of loading."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from command_line import Console, Said
from discord_exports import write
from reported import REPORTED, needs_samples

pytestmark = needs_samples

NEWEST = {
    "names": ("b34a_new.json", "b34b_old.json"),
    "counts": ("b12a_newer.json", "b12b_older.json"),
    "threads": ("c02a_parent.json", "c02b_thread_old.json", "c02c_thread_new.json"),
    "formats": ("b1j.json", "b1j pond - log [700000000000000204].csv"),
    "spellings": (
        "b1s_a pond - log [700000000000000203].csv",
        "b1s_b pond - log [700000000000000203].csv",
    ),
}
ALONE = {
    "deleted": "c16_deleted.json",
    "tree": "discord_csv_tree",
    "named": "c42_reaction_users.json",
    "counted": "discord_reaction_counts.json",
    "rich": "c05_rich.json",
}


@pytest.fixture(scope="module")
def said(warehouse: Console, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Said]:
    """What the run says that publishes all samples; a file in both orders in two workspaces."""
    folder = tmp_path_factory.mktemp("exports")
    for case, names in NEWEST.items():
        for workspace, order in ((case, names), (f"{case}_reversed", names[::-1])):
            for name in order:
                loaded = warehouse("load", REPORTED / name, "--workspace", workspace)
                assert loaded.code == 0, loaded
    for day in (1, 2):
        changed = write(
            folder / f"{day}.json", day, {"👍": ["2"]} if day == 1 else {"🔥": ["2"]}
        )
        assert warehouse("load", changed, "--workspace", "changed").code == 0
    for case, name in ALONE.items():
        options = ("--workspace", case, "--timezone", "UTC")
        assert warehouse("load", REPORTED / name, *options).code == 0
    run = warehouse("run")
    assert run.code in (0, 4), run
    yield run


def rows(session: psycopg.Connection, question: str, *values: object) -> list[Any]:
    return session.execute(question, values).fetchall()


def messages(session: psycopg.Connection, workspace: str) -> list[tuple[str | None, int]]:
    """How many messages each account sent."""
    return rows(
        session,
        "select fol.username, count(*) from marts.interaction_history as his"
        " left join marts.followers as fol on his.participant_id = fol.id"
        " where his.workspace_id = %s and his.interaction_type = 'message'"
        " group by 1 order by 1",
        workspace,
    )


@pytest.mark.parametrize("order", ["", "_reversed"])
def test_the_order_of_loading_does_not_decide(
    said: Said, session: psycopg.Connection, order: str
) -> None:
    assert said.code in (0, 4)
    assert messages(session, f"threads{order}") == [("greta", 1), ("nils", 1)]
    assert messages(session, f"spellings{order}") == [("una", 1)]


@pytest.mark.parametrize("order", ["", "_reversed"])
def test_the_newest_name_and_count_hold(
    said: Said, session: psycopg.Connection, order: str
) -> None:
    """Names are as new as the message that has them; of equally new counts the larger holds."""
    assert said.code in (0, 4)
    names = "select username, display_name from marts.followers where workspace_id = %s"
    assert rows(session, names, f"names{order}") == [("new-name", None)]
    assert rows(session, names, f"counts{order}") == [(None, "Kiln & Co")]
    counted = rows(
        session,
        "select reported_count, observed_count from marts.interaction_coverage"
        " where workspace_id = %s and interaction_type = 'reaction'",
        f"counts{order}",
    )
    assert counted == [(50, 0)]


def test_a_channel_in_two_formats_is_named(said: Said) -> None:
    sentence = " ".join(said.err.split())
    assert "channel 700000000000000204: 1 messages" in sentence
    for name in NEWEST["formats"]:
        assert name in sentence


def test_the_placeholder_of_deleted_people_is_no_member(
    said: Said, session: psycopg.Connection
) -> None:
    assert said.code in (0, 4)
    assert rows(
        session, "select username from marts.followers where workspace_id = 'deleted'"
    ) == [("mirela",)]
    (counted,) = rows(
        session,
        "select sum(message_count), max(active_member_count) from marts.daily_highlights"
        " where workspace_id = 'deleted'",
    )
    assert counted == (6, 1)


def test_a_tree_of_channels_has_all_messages(said: Said, session: psycopg.Connection) -> None:
    assert said.code in (0, 4)
    assert sum(count for _, count in messages(session, "tree")) == 6
    channels = rows(
        session,
        "select title from marts.content_posts where workspace_id = 'tree'"
        " and native_post_type is distinct from 'message' order by title",
    )
    assert channels == [("alpha",), ("beta",), ("delta",), ("gamma",)]


def test_a_changed_reaction_is_one(said: Said, session: psycopg.Connection) -> None:
    assert said.code in (0, 4)
    given = rows(
        session,
        "select native_kind from marts.interaction_history"
        " where workspace_id = 'changed' and interaction_type = 'reaction'",
    )
    assert given == [("🔥",)]


def test_what_is_counted_is_shown(said: Said, session: psycopg.Connection) -> None:
    assert said.code in (0, 4)
    reported = rows(
        session,
        "select workspace_id, reported_count, observed_count from marts.interaction_coverage"
        " where interaction_type = 'reaction' and workspace_id in ('named', 'counted')"
        " order by 1, 2",
    )
    assert reported == [("counted", 5, 0), ("named", 3, 0), ("named", 150, 1)]


def test_top_messages_go_by_the_larger_of_both_counts(
    said: Said, session: psycopg.Connection
) -> None:
    assert said.code in (0, 4)
    tops = rows(
        session,
        "select workspace_id, top.message->>'text',"
        " (top.message->>'reaction_count')::int,"
        " (top.message->>'reported_reaction_count')::int"
        " from marts.daily_highlights"
        " cross join lateral jsonb_array_elements(top_messages)"
        " with ordinality as top (message, place)"
        " where workspace_id in ('named', 'counted') order by workspace_id, place",
    )
    assert tops == [("counted", "hello", 0, 5), ("named", "x", 1, 150), ("named", "y", 0, 3)]

"""Marts of Facebook, Instagram, Messenger and Threads, from the files to the numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from command_line import Console
from reported import REPORTED, publish

FIXTURES = Path(__file__).parents[1] / "fixtures"
WITH_AUTHORS = {
    "comment:100_55_1": {"id": "7", "name": "Ada"},
    "comment:100_55_2": {"id": "8", "name": "Bo"},
}


def commented(**author: Any) -> dict[str, Any]:
    """A comment of Instagram, as the Graph API tells it."""
    told = {"id": "1792", "text": "Nice", "timestamp": "2026-03-01T12:00:00+0000"}
    return {**told, "media": {"id": "1780"}, "like_count": 0, **author}


@pytest.fixture(scope="module")
def published(
    warehouse: Console, session: psycopg.Connection, tmp_path_factory: pytest.TempPathFactory
) -> psycopg.Connection:
    """Two runs: what the second load knows was not known to the first."""
    folder = tmp_path_factory.mktemp("meta")
    comments = FIXTURES / "facebook" / "valid" / "comments_without_authors.json"
    page = json.loads(comments.read_bytes())
    for item in page["data"]:
        item["from"] = WITH_AUTHORS[f"comment:{item['id']}"]
    authored = folder / "authored.json"
    authored.write_text(json.dumps(page))
    by_name, by_id = folder / "by_name.json", folder / "by_id.json"
    by_name.write_text(json.dumps(commented(username="bo_g")))
    by_id.write_text(json.dumps(commented(**{"from": {"id": "9", "username": "bo_g"}})))
    facebook = FIXTURES / "facebook" / "valid"
    first: dict[str, list[list[object]]] = {
        "before": [[comments], [by_name]],
        "after": [[authored], [by_id]],
        "mixed": [
            [facebook / "bodies.ndjson"],
            [facebook / "removed.ndjson"],
            [facebook / "page_with_posts.json"],
            [facebook / "message_1.json", "--account", "ada"],
            [FIXTURES / "threads" / "valid"],
        ],
    }
    if REPORTED.is_dir():
        for name in ("e1_fb_own", "c07_fb_webhook", "b33_fb_removed_post", "fb_user_likes"):
            first[name] = [[REPORTED / f"{name}.json"]]
        first["c17"] = [[REPORTED / "c17a_message_1.json", "--account", "me"]]
    publish(warehouse, first)
    publish(warehouse, {"before": [[authored], [by_id]], "after": [[comments], [by_name]]})
    return session


def asked(session: psycopg.Connection, question: str, *values: object) -> set[tuple[Any, ...]]:
    return set(session.execute(question, values).fetchall())


@pytest.mark.parametrize("workspace", ["before", "after"])
def test_authors_that_come_later_are_known(
    published: psycopg.Connection, workspace: str
) -> None:
    found = asked(
        published,
        "select platform, platform_user_id, sum(sign)::int from core.interaction_ledger"
        " where workspace_id = %s group by 1, 2 having sum(sign) > 0",
        workspace,
    )
    assert found == {("facebook", "7", 1), ("facebook", "8", 1), ("instagram", "9", 1)}


def test_who_runs_a_page_ranks_nowhere(published: psycopg.Connection) -> None:
    reasons = asked(
        published,
        "select platform, platform_user_id, exclusion_reason from marts.followers"
        " where workspace_id = 'mixed'",
    )
    told = {(platform, user): reason for platform, user, reason in reasons}
    assert told["facebook", "100"] == "own_account"
    assert told["threads", "100"] == "own_account"
    assert told["facebook", "90"] == "deleted"
    assert told["facebook", "7"] is None
    assert told["threads", "@bo_g"] is None


def test_direct_messages_reach_the_marts(published: psycopg.Connection) -> None:
    found = published.execute(
        "select native_type, native_kind, interaction_type, sum(sign)::int"
        " from core.interaction_ledger where workspace_id = 'mixed'"
        " and native_kind in ('conversation', '❤')"
        " group by 1, 2, 3 having sum(sign) > 0 order by 1, 2"
    ).fetchall()
    assert found == [
        ("call", "conversation", None, 1),
        ("message", "conversation", "dm", 4),
        ("reaction", "❤", "reaction", 1),
    ]


@pytest.mark.skipif(not REPORTED.is_dir(), reason="the reported samples are not here")
def test_reported_files_give_their_numbers(published: psycopg.Connection) -> None:
    assert asked(
        published,
        "select display_name, exclusion_reason from marts.followers where workspace_id = %s",
        "e1_fb_own",
    ) == {("Moss Shop", "own_account"), ("Ida", None)}
    assert asked(
        published,
        "select username, rank, comment_count from marts.top_engaged_followers"
        " where workspace_id = %s",
        "e1_fb_own",
    ) == {("Ida", 1, 1)}
    for workspace, expected in (
        ("c07_fb_webhook", [("like", 1)]),
        ("b33_fb_removed_post", [("comment", 1)]),
        ("fb_user_likes", []),
        ("c17", [("dm", 2), ("reaction", 1)]),
    ):
        found = published.execute(
            "select interaction_type, sum(sign)::int from core.interaction_ledger"
            " where workspace_id = %s group by 1 having sum(sign) > 0 order by 1",
            (workspace,),
        ).fetchall()
        assert found == expected, workspace


LIKE = (
    '{"object": "page", "entry": [{"id": "100", "time": 1772360000, "changes": ['
    '{"field": "feed", "value": {"item": "like", "verb": "%s", "post_id": "100_55",'
    ' "sender_id": 9, "created_time": 1772360000}}]}]}'
)
COMMENTED = (
    '{"comments_v2": [{"timestamp": 1772360000, "title": "Ada commented.", "data":'
    ' [{"comment": {"timestamp": 1772360000, "comment": "so calm", "author": "%s"}}]}]}'
)


@pytest.mark.parametrize(
    ("contents", "former"),
    [
        ((LIKE % "add", LIKE % "remove"), "like:100_55:9"),
        ((COMMENTED % "Ada", COMMENTED % "Ada L"), "comment:0:1"),
    ],
)
def test_what_a_former_version_landed_is_taken_back(
    contents: tuple[str, str],
    former: str,
    warehouse: Console,
    session: psycopg.Connection,
    tmp_path: Path,
) -> None:
    name = former.partition(":")[0]
    for content in contents:
        path = tmp_path / "told.json"
        path.write_text(content)
        assert warehouse("load", path, "--workspace", name).code == 0
        if content == contents[0]:
            session.execute(
                "update raw.interactions set native_id = %s where workspace_id = %s",
                (former, name),
            )
            session.execute(
                "update raw.loads set documented_at = null where workspace_id = %s", (name,)
            )
    found = asked(
        session,
        "select native_id = %s, is_retracted from raw.interactions where workspace_id = %s",
        former,
        name,
    )
    assert found == {(True, False), (True, True), (False, name == "like")}

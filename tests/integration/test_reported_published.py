"""Reported files of several platforms, loaded and published."""

from __future__ import annotations

import shutil
from pathlib import Path

import psycopg
import pytest
from command_line import Console
from reported import publish

FIXTURES = Path(__file__).parents[1] / "fixtures"
PROJECT = Path(__file__).parents[2]
REPORTED = PROJECT.parent / "shared" / "samples" / "reported"
reported = pytest.mark.skipif(not REPORTED.is_dir(), reason="the reported samples are not here")


@pytest.mark.parametrize("is_declared", [True, False])
def test_an_archive_is_of_the_account_that_it_names(
    warehouse: Console, session: psycopg.Connection, tmp_path: Path, is_declared: bool
) -> None:
    for name in ("account.js", "like.js", "tweets.js"):
        shutil.copy(FIXTURES / "x/valid" / name, tmp_path / name)
    workspace = f"archive_{is_declared}".lower()
    options = ("--account", "20") if is_declared else ()
    assert warehouse("load", tmp_path, "-w", workspace, *options).code == 0
    rows = session.execute(
        "select distinct actor_id, actor_kind from raw.interactions where workspace_id = %s",
        (workspace,),
    ).fetchall()
    assert rows == [("20", "exporter")]
    likes = session.execute(
        "select native_id from raw.interactions where workspace_id = %s"
        " and native_type = 'like' order by 1",
        (workspace,),
    ).fetchall()
    assert likes == [("like:1600000000000000002:20",), ("like:1700000000000000100:20",)]


@reported
def test_what_is_published(warehouse: Console, session: psycopg.Connection) -> None:
    me, x_files = ("--account", "me"), FIXTURES / "x/valid"
    liked, praised = REPORTED / "b30a_Reactions.csv", REPORTED / "b30b_Reactions.csv"
    comments = REPORTED / "linkedin/Comments.csv"
    publish(
        warehouse,
        {
            "tracked": [[REPORTED / "c41_posthog.ndjson"]],
            "changed": [[liked, *me], [praised, *me]],
            "changed_reversed": [[praised, *me], [liked, *me]],
            "mended": [[comments], [comments, *me]],
            "redacted": [[x_files / "compliance.ndjson"], [x_files / "flattened.ndjson"]],
            "tiktok": [[REPORTED / "d30_tiktok_2026.json", "--account", "moss"]],
        },
    )
    rows = session.execute(
        "with standing as ("
        " select workspace_id, interaction_type, native_kind, follower_id, sum(sign) as net"
        " from core.interaction_ledger where interaction_type is not null"
        " group by 1, 2, 3, 4 having sum(sign) <> 0)"
        " select workspace_id, interaction_type, native_kind, sum(net),"
        " count(distinct follower_id)"
        " from standing group by 1, 2, 3"
    ).fetchall()
    told = {row[:2]: row[2:] for row in rows}
    assert len(told) == len(rows)
    assert told["tracked", "view"] == (None, 3, 2)
    for workspace in ("changed", "changed_reversed"):
        assert told[workspace, "reaction"] == ("PRAISE", 1, 1)
    assert told["mended", "comment"] == (None, 2, 1)
    assert told["redacted", "comment"] == (None, 1, 1)  # two others are deleted
    assert told["tiktok", "comment"] == (None, 2, 1)
    assert told["tiktok", "share"] == (None, 1, 1)
    assert told["tiktok", "dm"] == (None, 2, 2)

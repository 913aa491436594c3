"""Records that earlier versions landed under other ids do not count beside the new ids."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from platform_files import FIXTURES

from warehouse.loading import Declared, load

HEADER = "AuthorID,Author,Date,Content,Attachments,Reactions\n"
ROW = "600000000000000041,una,2026-03-01T10:15:48.379Z,first,,\n"


def standing(session: psycopg.Connection, workspace: str) -> int:
    """How many interactions are not retracted by their newest delivery."""
    row = session.execute(
        "select count(*) filter (where not is_retracted) from ("
        " select distinct on (native_id) native_id, is_retracted from raw.interactions"
        " where workspace_id = %s order by native_id, load_id desc) as newest",
        (workspace,),
    ).fetchone()
    assert row is not None
    return int(row[0])


def as_before(session: psycopg.Connection, workspace: str) -> None:
    """Make what has landed look as if an earlier version had landed it."""
    session.execute(
        "update raw.interactions set native_id = case"
        " when platform = 'discord' then 'message:old' || native_id"
        " when platform in ('tiktok', 'linkedin', 'x') then 'old:' || native_id"
        " when native_type = 'reaction' then native_id || ':' || native_kind"
        " else native_id end where workspace_id = %s",
        (workspace,),
    )
    session.execute(
        "update raw.loads set documented_at = null, options = null, content_sha256 = 'x'"
        " where workspace_id = %s",
        (workspace,),
    )


def land(
    session: psycopg.Connection, path: Path, workspace: str, account: str | None = None
) -> None:
    results = list(load(session, [str(path)], Declared(workspace, account=account)))
    assert all(result.load is not None and result.load.is_new for result in results)


def test_rows_of_discord(session: psycopg.Connection, tmp_path: Path) -> None:
    path = tmp_path / "Garden - pond [700000000000000204].csv"
    path.write_text(HEADER + ROW * 2)
    land(session, path, "discord")
    as_before(session, "discord")
    path.write_text(HEADER + ROW * 2 + ROW.replace("first", "second").replace(":48", ":49"))
    land(session, path, "discord")
    assert standing(session, "discord") == 3


def test_reactions_of_telegram(session: psycopg.Connection, tmp_path: Path) -> None:
    recent = {"from": "Ola", "from_id": "user9001", "date": "2026-03-01T11:05:00"}
    message = {
        "id": 3,
        "type": "message",
        "date": "2026-03-01T11:00:00",
        "date_unixtime": "1772359200",
        "from": "Petra",
        "from_id": "user9002",
        "text": "warp",
        "reactions": [{"type": "emoji", "count": 1, "emoji": "👍", "recent": [recent]}],
    }
    chat = {"name": "W", "type": "private_supergroup", "id": 18, "messages": [message]}
    path = tmp_path / "result.json"
    path.write_text(json.dumps(chat))
    land(session, path, "telegram")
    as_before(session, "telegram")
    path.write_text(json.dumps(chat | {"name": "Weavers"}))
    land(session, path, "telegram")
    assert standing(session, "telegram") == 2


@pytest.mark.parametrize(
    "name",
    [
        "tiktok/valid/user_data.json", "linkedin/valid/Comments.csv",
        "linkedin/valid/Reactions.csv", "x/valid/like.js", "x/valid/follower.js",
    ],
)  # fmt: skip
def test_downloads_of_an_account(
    session: psycopg.Connection, tmp_path: Path, name: str
) -> None:
    path = tmp_path / Path(name).name
    content = (FIXTURES / name).read_bytes()
    path.write_bytes(content)
    land(session, path, name, "me")
    once = standing(session, name)
    as_before(session, name)
    path.write_bytes(content + b"\n")
    land(session, path, name, "me")
    assert standing(session, name) == once > 1
    path.write_bytes(content + b"\n\n")  # under the ids that hold now
    land(session, path, name, "me")
    assert standing(session, name) == once

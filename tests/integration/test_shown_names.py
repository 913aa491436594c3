"""Every account is shown by a visible name or by its id."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
from command_line import Console
from reported import publish

NAMES = [
    *(("u1", "", "Ann Shown"), ("u2", "\u200b", " "), ("u3", "carl", None), ("u3", "@", "")),
    *(("u4", "@dora", None), ("u5", None, None), ("650000000000000001", None, "\u2060")),
]


def test_everybody_is_shown_by_a_name_or_an_id(
    warehouse: Console, session: psycopg.Connection, tmp_path: Path
) -> None:
    lines: list[dict[str, object]] = []
    for number, (actor, username, display) in enumerate(NAMES):
        told = {"platform": "forum", "actor_id": actor}
        profile = {"record": "profile", "username": username, "display_name": display}
        lines.append({**told, **profile})
        act = {"record": "interaction", "id": str(number), "type": "comment", "post_id": "p"}
        lines.append({**told, **act, "occurred_at": "2026-11-20T10:00:00Z"})
    path = tmp_path / "names.ndjson"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    publish(warehouse, {"names": [[path]]})
    for question in (
        "select username from marts.top_engaged_followers",
        "select username from marts.follower_activity_timeline",
    ):
        shown = {name for (name,) in session.execute(question)}
        assert shown == {"Ann Shown", "u2", "carl", "dora", "u5", "…00000000001"}

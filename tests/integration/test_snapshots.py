"""A newer export of a Discord channel retracts the reactions that it no longer names."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path

import psycopg
import pytest

from warehouse.loading import Declared, load

Reactions = dict[str, list[str]]  # an emoji to who gave it

EXPORTS: list[Reactions | None] = [
    {"👍": ["2", "3"]},
    {"🔥": ["2"], "👍": ["3"]},
    None,  # without the message
    {"🔥": ["2"]},
]


def write(path: Path, day: int, reactions: Reactions | None, unnamed: int = 0) -> str:
    """Write an export of that day; `unnamed`: how many more it counts than it names."""
    message = {
        "id": "1348000000000000420",
        "type": "Default",
        "timestamp": "2026-03-01T10:00:00+00:00",
        "author": {"id": "1", "name": "iris"},
        "content": "x",
        "reactions": [
            {
                "emoji": {"id": "", "name": emoji},
                "count": len(users) + unnamed,
                "users": [{"id": user, "name": f"u{user}"} for user in users],
            }
            for emoji, users in (reactions or {}).items()
        ],
    }
    other = message | {"id": "1348000000000000421", "reactions": []}
    content = {
        "guild": {"id": "9", "name": "G"},
        "channel": {"id": "710000000000000042", "type": "GuildTextChat", "name": "r"},
        "exportedAt": f"2026-04-{day:02}T00:00:00+00:00",
        "messages": [other] if reactions is None else [message, other],
    }
    path.write_text(json.dumps(content))
    return str(path)


def standing(session: psycopg.Connection, workspace: str) -> list[tuple[str, str]]:
    """Who gave which emoji, by the newest state of each reaction."""
    return session.execute(
        "select actor_id, native_kind from ("
        " select distinct on (itr.native_id) itr.* from raw.interactions as itr"
        " inner join raw.loads as lds using (load_id)"
        " where itr.workspace_id = %s and itr.native_type = 'reaction'"
        " order by itr.native_id, coalesce(itr.version_at, lds.documented_at) desc"
        ") as newest where not is_retracted order by 1, 2",
        (workspace,),
    ).fetchall()


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))), ids=str)
def test_in_any_order(
    session: psycopg.Connection, tmp_path: Path, order: Sequence[int]
) -> None:
    workspace = "w" + "".join(map(str, order))
    names = [
        write(tmp_path / f"{number}.json", number + 1, EXPORTS[number]) for number in order
    ]
    for result in load(session, names, Declared(workspace)):
        assert result.load is not None
    assert standing(session, workspace) == [("2", "🔥")]


def test_a_list_that_is_not_whole_proves_nothing(
    session: psycopg.Connection, tmp_path: Path
) -> None:
    names = [
        write(tmp_path / "1.json", 1, {"👍": ["2"]}),
        write(tmp_path / "2.json", 2, {"👍": ["3"]}, unnamed=4),
    ]
    assert all(result.load for result in load(session, names, Declared("partial")))
    assert standing(session, "partial") == [("2", "👍"), ("3", "👍")]
    again = [write(tmp_path / "3.json", 3, {"👍": ["2", "3"]})]
    assert all(result.load for result in load(session, again, Declared("partial")))
    assert standing(session, "partial") == [("2", "👍"), ("3", "👍")]

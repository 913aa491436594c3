"""A newer export of a Discord channel retracts the reactions that it no longer names."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import psycopg
import pytest
from discord_exports import EXPORTS, write

from warehouse.loading import Declared, load


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

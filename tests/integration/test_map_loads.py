"""Loads with a map: drafted, written, replaced and replayed on the command line."""

from __future__ import annotations

from pathlib import Path

import psycopg
from command_line import Console

from loaders.exchange import mapping


def test_the_command_drafts_and_writes(warehouse: Console, tmp_path: Path) -> None:
    path, target = tmp_path / "forum.csv", tmp_path / "forum.toml"
    path.write_text("Comment ID,User,Text\n1,ann,calm\n")
    shown = warehouse("map", path)
    assert shown.code == 0
    assert '"Text" = "text"' in shown.out
    assert "The file does not tell the platform" in shown.err
    written = warehouse("map", path, "--to", target)
    assert target.read_text() == shown.out
    assert mapping.read(target).columns["Text"] == "text"
    assert "--map" in written.out
    assert "exists already" in warehouse.fails("map", path, "--to", target, code=2)
    assert "cannot be read" in warehouse.fails("map", tmp_path / "none.csv")


ONLY_VIEWS = (
    '[columns]\nNo = "id"\nWho = "actor_id"\nWhen = "occurred_at"\n'
    '[constants]\nplatform = "forum"\ntype = "view"\n'
)


def test_a_map_lands_replays_and_is_replaced(
    warehouse: Console, session: psycopg.Connection, tmp_path: Path
) -> None:
    path, chart = tmp_path / "own.csv", tmp_path / "own.toml"
    path.write_text("No;Who;When\n1;ann;2026-03-01 10:00\n2;bo;2026-03-01 11:00\n")
    chart.write_text(ONLY_VIEWS)
    said = warehouse("load", path, "-w", "mapped", "--map", chart)
    assert said.code == 4  # no zone is told
    replayed = warehouse(
        "rejects", "--reason", "naive_time", "--replay", "--timezone", "Europe/Berlin"
    )
    assert replayed.code == 0, replayed
    chart.write_text(ONLY_VIEWS.replace("view", "like") + '[values.id]\n"2" = "two"\n')
    options = "-w", "mapped", "--map", chart, "--timezone", "Europe/Berlin"
    assert warehouse("load", path, *options).code == 0
    assert "same bytes had landed before" in warehouse("load", path, *options).out
    rows = session.execute(
        "select native_id, native_type, is_retracted from raw.interactions"
        " where workspace_id = 'mapped' order by load_id, native_id"
    ).fetchall()
    assert rows == [
        ("1", "view", False), ("2", "view", False), ("1", "like", False), ("2", "view", True),
        ("two", "like", False),
    ]  # fmt: skip


def test_the_map_declared_last_holds(
    warehouse: Console, session: psycopg.Connection, tmp_path: Path
) -> None:
    """One map, another, the first once more: what the first makes stands, once."""
    path, views, likes = (tmp_path / name for name in ("own.csv", "views.toml", "likes.toml"))
    path.write_text("No,Who,When\n1,ann,2026-03-01T10:00Z\n2,bo,2026-03-01T11:00Z\n")
    views.write_text(ONLY_VIEWS)
    likes.write_text(ONLY_VIEWS.replace("view", "like") + '[values.id]\n"2" = "two"\n')

    def standing() -> list[tuple[str, str]]:
        return session.execute(
            "select native_id, native_type from ("
            "select distinct on (native_id) itr.* from raw.interactions as itr"
            " inner join raw.loads as lds using (load_id) where itr.workspace_id = 'again'"
            " order by native_id, coalesce(itr.version_at,"
            " case when not is_retracted then documented_at end, received_at) desc,"
            " received_at desc) as newest where not is_retracted order by 1"
        ).fetchall()

    of_views, of_likes = [("1", "view"), ("2", "view")], [("1", "like"), ("two", "like")]
    for chart, expected in (
        *((views, of_views), (likes, of_likes), (views, of_views)),
        *((likes, of_likes), (views, of_views)),
    ):
        said = warehouse("load", path, "-w", "again", "--map", chart)
        assert (said.code, "same bytes had landed" in said.out) == (0, False)
        assert standing() == expected
        assert (
            "same bytes had landed"
            in warehouse("load", path, "-w", "again", "--map", chart).out
        )
        assert standing() == expected


def test_a_map_and_a_platform_contradict_each_other(warehouse: Console, tmp_path: Path) -> None:
    path, chart = tmp_path / "own.csv", tmp_path / "own.toml"
    path.write_text("No,Who,When\n")
    chart.write_text(ONLY_VIEWS)
    options = "-w", "mapped", "--map", chart
    sentence = warehouse.fails("load", path, *options, "-p", "discord", code=2)
    assert "which names the platform" in sentence
    chart.write_text("[columns]")
    assert "own.toml: platform is missing" in warehouse.fails("load", path, *options, code=2)
    chart.unlink()
    assert "cannot be read" in warehouse.fails("load", path, *options, code=2)

"""A right change of a seed is in effect after the next run; a wrong one changes nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from command_line import GOOD, Console, Said
from copies import ROOT, copy_project
from mart_reader import read_marts
from plain_dbt import copy_profile, plain_dbt
from psycopg import sql
from seed_edits import edited
from test_seed_checks import STRANGE

from warehouse import state
from warehouse.connection import Target

AS_OF = ["--as-of", "2026-06-07T23:59:59Z"]
SCORED = ("comment", "like", "share", "save", "profile_visit", "link_click")
STRANGE += [
    "2026-13-01",
    "0001-01-01",
    "infinity",
    "a,b",
    'a"b',
    "a\nb",
    "é",
    "ﬀ",
    "UTC",
    "*",
    "'",
]
STRANGE += ["$$", "%s", "{}", "\\", "1;2", "１", "-0", "+5", ".5", "5."]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project whose seeds may be changed."""
    return copy_project(tmp_path_factory.mktemp("seeds") / "project")


@pytest.fixture
def changed(copy: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The copy in the place of the project; its seeds are put back."""
    monkeypatch.setattr(state, "project_root", lambda: copy)
    yield copy
    for file in (ROOT / "seeds").glob("*.csv"):
        shutil.copy(file, copy / "seeds")


@pytest.fixture(scope="module")
def built(warehouse: Console) -> Console:
    """A warehouse in which samples were built."""
    for name in ("product_feed.ndjson", "instagram.ndjson"):
        assert warehouse("load", ROOT / "samples" / name, "-w", "shop").code in (0, 4)
    said = warehouse("run", *AS_OF)
    assert said.code in (0, 4), said
    return warehouse


def published(target: Target) -> object:
    """Everything that people read: all seeds, all marts and what the functions say."""
    with target.connect(autocommit=True) as session:
        return _published(session)


def _published(session: psycopg.Connection) -> object:
    tables = session.execute(
        "select relname from pg_class where relnamespace = 'seeds'::regnamespace"
        " and relkind = 'r' order by 1"
    ).fetchall()
    rows = {
        name: session.execute(
            sql.SQL("select sed::text from seeds.{} as sed order by 1").format(
                sql.Identifier(name)
            )
        ).fetchall()
        for (name,) in tables
    }
    tiers = session.execute(
        "select marts.determine_engagement_tier(score)"
        " from unnest('{-1, 0, 9.999999, 10, 99.5, 100, 499.999999, 500}'::numeric[]) as score"
    ).fetchall()
    return rows, tiers, read_marts(session)


def build_plainly(target: Target, project: Path, *arguments: str) -> Said:
    """Run `dbt build`, without the command line around it."""
    copy_profile(project)
    return plain_dbt(
        *(target, project, project, "build", "--exclude-resource-types", "unit_test"),
        *("--vars", '{"as_of": "2026-06-07T23:59:59Z"}', *arguments),
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a file to load may be."""
    return tmp_path / "good.ndjson"


@pytest.mark.parametrize("threads", ["4", pytest.param("1", marks=pytest.mark.soak)])
def test_a_wrong_seed_changes_nothing(
    built: Console, target: Target, changed: Path, file: Path, threads: str
) -> None:
    """Beside it stand a right change of another seed and a load that waits."""
    before = published(target)
    file.write_bytes(GOOD.replace(b'"u"', b'"u%s"' % threads.encode()))
    assert built("load", file, "-w", "shop").code == 0
    for name, old, new in (
        ("engagement_tiers", "super_fan,500", "super_fan,50"),
        ("engagement_weights", "share,10", "share,11"),
        ("workspaces", "", "other,Mars/Phobos,1"),
    ):
        seed = changed / "seeds" / f"{name}.csv"
        seed.write_text(edited(seed.read_text("utf-8"), old, new), "utf-8")
    sentence = built.fails("run", *AS_OF)
    assert sentence.startswith("seeds/workspaces.csv, line 3: time_zone is 'Mars/Phobos'")
    assert published(target) == before
    said = build_plainly(target, changed, "--threads", threads)
    assert said.code != 0
    assert "seeds/workspaces.csv, line 3: time_zone is 'Mars/Phobos'" in said.out
    assert published(target) == before


@pytest.mark.soak
def test_a_right_change_is_in_effect(
    built: Console, target: Target, session: psycopg.Connection, changed: Path
) -> None:
    """Tiers, weights and zones, through the command and plain dbt, with marts that agree."""
    for step, threshold in enumerate((37, 61)):
        for original in (ROOT / "seeds").glob("*.csv"):
            shutil.copy(original, changed / "seeds")
        for name, old, new in (
            ("engagement_tiers", "super_fan,500", f"super_fan,{threshold}"),
            ("engagement_tiers", "active,100", "active,20.5"),
            ("engagement_weights", "share,10", f"share,{threshold}"),
            ("workspaces", "", "shop,Asia/Kolkata,7"),
        ):
            seed = changed / "seeds" / f"{name}.csv"
            seed.write_text(edited(seed.read_text("utf-8"), old, new), "utf-8")
        if step:
            assert build_plainly(target, changed).code == 0
        else:
            assert built("run", *AS_OF).code in (0, 4)
        rows = session.execute(
            "select engagement_tier, engagement_score from marts.follower_engagement_scores"
        ).fetchall()
        assert {tier for tier, _ in rows} >= {"super_fan", "active"}
        for tier, score in rows:
            assert (tier == "super_fan") == (score >= threshold)
        cohorts = session.execute(
            "select sum(super_fans) from marts.follower_cohorts"
        ).fetchone()
        assert cohorts is not None
        assert cohorts[0] > 0


def test_the_shipped_tiers_have_no_gaps(built: Console, session: psycopg.Connection) -> None:
    """A score between two whole numbers has a tier, and no score has none."""
    assert built("run", *AS_OF).code in (0, 4)
    for score, tier in (
        ("0", "inactive"),
        ("9.999999", "inactive"),
        ("10", "lurker"),
        ("99.5", "lurker"),
        ("100", "active"),
        ("499.999999", "active"),
        ("500", "super_fan"),
        ("-1", "inactive"),
        (None, None),
    ):
        assert session.execute(
            "select marts.determine_engagement_tier(%s::numeric)", (score,)
        ).fetchone() == (tier,)

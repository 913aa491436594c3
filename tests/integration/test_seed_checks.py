"""A wrong seed is refused with one sentence that names the place and what is right."""

from __future__ import annotations

import csv
import io
import random
import shutil
from pathlib import Path

import psycopg
import pytest
from copies import ROOT
from psycopg import sql
from psycopg.types.json import Jsonb
from seed_edits import NAMES, edited

from warehouse import seeds
from warehouse.errors import WarehouseError

# file, what is replaced, by what, what the sentence says; an empty text appends a line
WRONG = [
    (
        "engagement_weights",
        "share,10",
        "share,-10",
        "line 4: weight is '-10'; write a number from 0",
    ),
    ("engagement_weights", "share,10", "share,NaN", "weight is 'NaN'; write a number"),
    (
        "engagement_weights",
        "share,10",
        "share,Infinity",
        "weight is 'Infinity'; write a number",
    ),
    ("engagement_weights", "share,10", "share,1e999", "weight is '1e999'; write a number"),
    ("engagement_weights", "share,10", "share,", "weight is empty; write a value"),
    (
        "engagement_weights",
        "share,10",
        'share,"1,5"',
        "weight is '1,5'; write a number, with a point",
    ),
    ("engagement_weights", "share,10\n", "", "no row whose interaction_type is 'share'"),
    (
        "engagement_weights",
        "share,10",
        "shares,10",
        "interaction_type is 'shares'; write one of",
    ),
    ("engagement_weights", "share,10", " share,10", "take the blank"),
    ("engagement_weights", "query,0", "query,2", "write 0, for the score counts only comment"),
    ("engagement_weights", "", "share,3", "interaction_type is 'share', as in line 4 already"),
    ("engagement_weights", "type,weight", "type;weight", "line 1: the columns are"),
    ("engagement_weights", "type,weight", "type,points", "line 1: the columns are"),
    ("engagement_weights", "share,10", "share,10,1", "there are 3 values for 2 columns"),
    ("engagement_weights", "share,10", '"share,10', "the line is not CSV"),
    ("engagement_tiers", "active,100\n", "", "no row whose engagement_tier is 'active'"),
    (
        "engagement_tiers",
        "inactive,",
        "inactive,1",
        "exactly one row has to leave minimum_score empty",
    ),
    (
        "engagement_tiers",
        "active,100",
        "active,500",
        "minimum_score is '500', as in line 2 already",
    ),
    ("engagement_tiers", "", "Gold Fan,900", "engagement_tier is 'Gold Fan'"),
    (
        "workspaces",
        "",
        "shop,Mars/Phobos,1",
        "line 3: time_zone is 'Mars/Phobos'; write a time zone",
    ),
    ("workspaces", "", "shop,Europe/Berlin5,1", "time_zone is 'Europe/Berlin5'"),
    ("workspaces", "", "shop,UTC,8", "first_weekday is '8'; write a number from 1 to 7"),
    ("workspaces", "", "shop,UTC,1.5", "first_weekday is '1.5'; write a whole number"),
    ("workspaces", "", ",UTC,1", "workspace_id is empty"),
    ("workspaces", "", "default,UTC,1", "workspace_id is 'default', as in line 2 already"),
    ("platform_capabilities", "", "forum,like,perhaps,true,,", "support is 'perhaps'"),
    (
        "platform_capabilities",
        "",
        "forum,like,exact,yes,,",
        "names_people is 'yes'; write true or false",
    ),
    (
        "platform_capabilities",
        "",
        "forum,like,exact,true,01.02.2026,",
        "write a day, like 2026-03-01",
    ),
    (
        "platform_capabilities",
        "",
        "forum,like,exact,true,2026-02-30,",
        "write a day, like 2026-03-01",
    ),
    (
        "platform_capabilities",
        "",
        "forum,like,exact,true,2026-02-03,2026-02-03",
        "is not before valid_to",
    ),
    (
        "platform_capabilities",
        "",
        "forum,like,exact,true,,2026-02-03\nforum,like,exact,true,2026-01-01,",
        "overlap those of line",
    ),
    ("landing_thresholds", "", "*,rejects,critical,0.5,1", "measure is 'rejects'"),
    (
        "retention",
        "product,90",
        "product,ninety",
        "retention_days is 'ninety'; write a whole number",
    ),
    ("vip_rules", "", "charm,1", "rule is 'charm'"),
    ("participant_score_rules", "score_most,100\n", "", "no row whose rule is 'score_most'"),
    ("sentiment_mappings", "mixed,neutral", "mixed,meh", "sentiment is 'meh'"),
    ("sentiment_labelers", "", "second,1", "rank is '1', as in line 2 already"),
    (
        "issue_trackers",
        "",
        "forum,Issue,([0-9",
        "url_pattern is '([0-9'; write a regular expression",
    ),
    ("issue_trackers", "", "forum,Issue,[0-9]+", "put brackets around"),
    (
        "voice_leave_words",
        "",
        "*,gone",
        "which has no row in seeds/interaction_type_mappings.csv",
    ),
    (
        "alert_thresholds",
        "vip_quiet,warning,days,14",
        "vip_quiet,warning,days,",
        "threshold is empty",
    ),
    ("own_accounts", "", "shop,,1,x", "platform is empty"),
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the seeds and of the variables."""
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
    shutil.copy(ROOT / "dbt_project.yml", tmp_path)
    return tmp_path


def test_every_seed_says_what_its_rows_keep_to(session: psycopg.Connection) -> None:
    for name, declared in seeds.declarations(ROOT):
        rules = declared["rules"]
        assert set(rules["key"]) <= set(declared["columns"]), name
        assert set(rules["columns"]) <= set(declared["columns"]), name
        for column in rules["key"]:
            may_be_empty = (name, column) == ("platform_capabilities", "valid_from")
            assert rules["columns"].get(column, {}).get("required") or may_be_empty, name
    assert [
        path.stem for name in NAMES for path in (ROOT / "seeds").glob(f"{name}.csv")
    ] == NAMES
    seeds.check(session, ROOT)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong[0]}-{wrong[3]}")
def test_what_is_wrong_is_said(
    session: psycopg.Connection, project: Path, wrong: tuple[str, str, str, str]
) -> None:
    name, old, new, phrase = wrong
    file = project / "seeds" / f"{name}.csv"
    file.write_text(edited(file.read_text("utf-8"), old, new), "utf-8")
    with pytest.raises(WarehouseError) as refused:
        seeds.check(session, project)
    sentence = str(refused.value)
    assert sentence.startswith(f"seeds/{name}.csv")
    assert phrase in sentence
    assert sentence.endswith("Nothing was changed.")
    assert "\n" not in sentence


def test_spellings_of_spreadsheets(session: psycopg.Connection, project: Path) -> None:
    """A mark at the beginning and ends of lines as Windows has them are no mistake."""
    for name in NAMES:
        file = project / "seeds" / f"{name}.csv"
        content = file.read_bytes()
        file.write_bytes(b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n"))
    seeds.check(session, project)
    file = project / "seeds" / "workspaces.csv"
    for content, phrase in (
        (
            "workspace_id,time_zone,first_weekday\nä,UTC,1\n".encode("latin-1"),
            "line 2: the text is not",
        ),
        (
            "workspace_id,time_zone,first_weekday\na,UTC,1\n".encode("utf-16"),
            "the text is not UTF-8",
        ),
        (b"workspace_id,time_zone,first_weekday\na\0,UTC,1\n", "line 2: there is a NUL"),
        (b"", "line 1: the columns are"),
    ):
        file.write_bytes(content)
        with pytest.raises(WarehouseError, match=phrase):
            seeds.check(session, project)
    file.unlink()
    with pytest.raises(WarehouseError, match="is missing"):
        seeds.check(session, project)


STRANGE = [
    "",
    "-1",
    "0",
    "NaN",
    "1e3",
    "99999999999999999999",
    "null",
    "true",
    "TRUE",
    "x" * 300,
]


def corrupted(rows: list[list[str]], chance: random.Random) -> list[list[str]]:
    """Some rows with one thing that somebody may have done to them."""
    rows = [list(row) for row in rows]
    place = chance.randrange(1, len(rows)) if len(rows) > 1 else 0
    match chance.randrange(6):
        case 0:
            del rows[place]
        case 1:
            rows.append(list(rows[place]))
        case 2:
            other = chance.randrange(len(rows))
            rows[place], rows[other] = rows[other], rows[place]
        case _:
            column = chance.randrange(len(rows[place]))
            pool = [*STRANGE, *(row[column % len(row)] for row in rows)]
            rows[place][column] = chance.choice(pool)
    return rows


@pytest.mark.parametrize("rounds", [5, pytest.param(60, marks=pytest.mark.soak)])
@pytest.mark.parametrize("name", NAMES)
def test_random_changes_are_refused_or_can_be_published(
    session: psycopg.Connection, project: Path, name: str, rounds: int
) -> None:
    """Whatever the check lets through, the database takes, with all constraints."""
    file = project / "seeds" / f"{name}.csv"
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    declared = dict(seeds.declarations(project))
    columns = declared[name]["types"]
    table = sql.SQL("create table if not exists seeds.{} ({})").format(
        sql.Identifier(name),
        sql.SQL(", ").join(
            sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(kind))
            for column, kind in columns.items()
        ),
    )
    accepted = refused = 0
    for seed in range(60):
        if seed >= rounds and accepted and refused:
            break
        chance = random.Random(f"{name} {seed}")
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows(corrupted(rows, chance))
        file.write_text(text.getvalue(), "utf-8", newline="")
        try:
            seeds.check(session, project)
        except WarehouseError as error:
            refused += 1
            sentence = str(error)
            assert sentence.startswith("seeds/"), sentence
            assert sentence.endswith("Nothing was changed."), sentence
            continue
        accepted += 1
        document = {name: seeds.read(project, name, declared[name])}
        with session.transaction(force_rollback=True):
            session.execute("create schema if not exists seeds")
            session.execute(table)
            session.execute("select raw.publish_seeds(%s, 'seeds')", (Jsonb(document),))
            count = session.execute(
                sql.SQL("select count(*) from seeds.{}").format(sql.Identifier(name))
            ).fetchone()
            assert count == (len(document[name]["rows"]),)
    assert accepted
    assert refused

"""An export holds what is stored about an account; a verification finds all of it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from command_line import Console
from direct_landing import line

from warehouse import state
from warehouse.connection import Target
from warehouse.decisions import Account
from warehouse.errors import WarehouseError
from warehouse.privacy import columns, erasing, export, person, rows, searching, traces

HER_ID, HER_NAME, HER_OTHER_NAME = "zq-account-77", "zq.handle", "Zoë Quill"
HER_TEXT = "zq-text: I wrote this"
OTHER_ID, OTHER_NAME = "xv-account-88", "xv.handle"
STRANGER = "unrelated-99"
RECORDS = (
    line(1, id="zq-comment-1", actor_id=HER_ID, text=HER_TEXT, post_id="place"),
    line(2, id="xv-comment-2", actor_id=OTHER_ID, text=f"hi @{HER_NAME}!", post_id="place"),
    line(3, id="xv-comment-3", actor_id=OTHER_ID, text="yes", parent_id="zq-comment-1"),
    line(4, id="un-comment-4", actor_id=STRANGER, text=f"{HER_NAME}s and {HER_NAME}-2 are not"),
    line(5, id="zq-comment-5", actor_id=f"@{HER_NAME}", post_id="place"),
    json.dumps(
        {
            "record": "profile",
            "platform": "web",
            "actor_id": HER_ID,
            "username": HER_NAME,
            "display_name": HER_OTHER_NAME,
        }
    ).encode()
    + b"\n",
    b'{"record":"profile","platform":"web","actor_id":"%s","username":"%s"}\n'
    % (OTHER_ID.encode(), OTHER_NAME.encode()),
    b'{"record":"post","platform":"web","post_id":"zq-post","author_id":"%s","title":"Mine"}\n'
    % HER_ID.encode(),
    line(6, id="rejected", actor_id=HER_ID, occurred_at="no time"),
)


@pytest.fixture(scope="module")
def built(
    warehouse: Console, session: psycopg.Connection, tmp_path_factory: pytest.TempPathFactory
) -> Console:
    """A warehouse that knows her, somebody who wrote to her, and a stranger."""
    for workspace in ("acme", "other"):
        file = tmp_path_factory.mktemp(workspace) / "landed.ndjson"
        file.write_bytes(b"".join(RECORDS))
        assert warehouse("load", file, "-w", workspace).code == 4
    session.execute(
        "insert into raw.decisions (workspace_id, platform, actor_id, decision, reason)"
        " values ('acme', 'web', %s, 'vip', 'founder'), ('acme', 'web', %s, 'vip', %s)",
        (HER_ID, OTHER_ID, f"knows {HER_NAME}"),
    )
    assert warehouse("run", "--accept").code in (0, 4)
    return warehouse


@pytest.fixture(scope="module")
def known(built: Console, session: psycopg.Connection) -> person.Known:
    """What she is known by."""
    assert built
    return person.find(person.asking(session), [Account("acme", "web", HER_ID)])[0]


@pytest.fixture(scope="module")
def archive(
    built: Console, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[zipfile.ZipFile]:
    """Her export."""
    file = tmp_path_factory.mktemp("export") / "her.zip"
    said = built("privacy", "export", "web", HER_NAME, "-w", "acme", "--to", file)
    assert said.code == 0, said
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert built.fails(
        "privacy", "export", "web", HER_NAME, "-w", "acme", "--to", file
    ).endswith("already exists and was not overwritten; name another file.")
    with zipfile.ZipFile(file) as opened:
        yield opened


@pytest.fixture(scope="module")
def told(archive: zipfile.ZipFile) -> Callable[[str], list[dict[str, Any]]]:
    """Returns the rows of a file of her export."""

    def rows_of(name: str) -> list[dict[str, Any]]:
        return [json.loads(each) for each in archive.read(f"{name}.ndjson").splitlines()]

    return rows_of


def test_it_holds_her_rows_and_what_was_written_to_her(
    told: Callable[[str], list[dict[str, Any]]],
) -> None:
    found = {row["native_id"]: row for row in told("raw/interactions")}
    assert set(found) == {"zq-comment-1", "xv-comment-2", "xv-comment-3", "zq-comment-5"}
    assert found["zq-comment-1"]["text"] == HER_TEXT
    assert found["xv-comment-2"]["text"] == f"hi @{HER_NAME}!"
    assert {row["workspace_id"] for row in found.values()} == {"acme"}
    assert [row["username"] for row in told("raw/profiles")] == [HER_NAME]
    assert [row["title"] for row in told("raw/posts")] == ["Mine"]
    assert "no time" in told("raw/rejects")[0]["raw"]
    reasons = sorted(row["reason"] for row in told("raw/decisions"))
    assert reasons == ["founder", f"knows {HER_NAME}"]
    scored = {row["username"] for row in told("marts/follower_engagement_scores")}
    assert HER_NAME in scored
    assert scored <= {HER_NAME, f"@{HER_NAME}"}


def test_it_names_nobody_else(archive: zipfile.ZipFile) -> None:
    for name in archive.namelist():
        text = archive.read(name).decode()
        for other in (OTHER_ID, OTHER_NAME, STRANGER):
            assert other not in text, name


def test_a_page_explains_every_file(archive: zipfile.ZipFile) -> None:
    text = archive.read(export.README).decode()
    files = [name for name in archive.namelist() if name.endswith(".ndjson")]
    assert len(files) > 15
    assert [name for name in files if name not in text] == []
    assert f"the account {HER_NAME} on web" in text


def readable(value: Any) -> str:
    """Return a value of a row as text; bytes, which JSON has as digits, as what they say."""
    if isinstance(value, str) and value.startswith("\\x"):
        return bytes.fromhex(value[2:]).decode("utf-8", "replace")
    return str(value)


def holding(
    session: psycopg.Connection, relation: columns.Relation, values: list[str]
) -> list[str]:
    """Return the rows of her workspace that hold one of her values.

    Not those of the stranger, who wrote words that only begin as her name does.
    """
    shown = psycopg.sql.SQL("select to_jsonb(found) from {} as found")
    of_acme = session.execute("select load_id from raw.loads where workspace_id = 'acme'")
    loads = {load_id for (load_id,) in of_acme}
    found = []
    for (row,) in session.execute(
        shown.format(psycopg.sql.Identifier(relation.place, relation.name))
    ).fetchall():
        if row.get("workspace_id", "acme") != "acme":
            continue
        if "workspace_id" not in row and row.get("load_id") not in {*loads, None}:
            continue
        text = (
            "\n".join(map(readable, row.values()))
            .replace(f"{HER_NAME}s", "")
            .replace(f"{HER_NAME}-2", "")
        )
        if any(value in text for value in values):
            found.append(text)
    return found


def test_the_scan_finds_what_is_in_the_export_and_no_row_more(
    session: psycopg.Connection, known: person.Known, archive: zipfile.ZipFile
) -> None:
    """In each relation of raw, each seed and each mart, to the row."""
    values = [value for value in export.values([known]) if len(value) >= searching.SHORTEST]
    found, told = {}, {}
    for relation in columns.relations(session, export.EXPORTED):
        if relation.schema == "raw" and not relation.is_stored:
            continue  # a view: its rows are in the export as those of its tables
        name = f"{relation.schema}/{relation.name}.ndjson"
        if count := len(holding(session, relation, values)):
            found[name] = count
        if name in archive.namelist():
            told[name] = len(archive.read(name).splitlines())
    assert told == found
    assert len(found) >= 20


def test_a_dry_run_writes_nothing_and_counts_the_same(
    built: Console, archive: zipfile.ZipFile, session: psycopg.Connection
) -> None:
    before = session.execute("select count(*) from raw.privacy_requests").fetchone()
    said = built("privacy", "export", "web", HER_NAME, "-w", "acme", "--dry-run")
    assert said.code == 0
    assert "raw.interactions" in said.out
    assert session.execute("select count(*) from raw.privacy_requests").fetchone() == before
    assert said.out.endswith("rows would be exported.\n")
    assert archive.namelist()


def test_the_request_is_kept_without_a_name(
    archive: zipfile.ZipFile, session: psycopg.Connection
) -> None:
    row = session.execute(
        "select request_kind, row_counts, finished_at is not null from raw.privacy_requests"
    ).fetchone()
    assert row is not None
    assert (row[0], row[2]) == ("export", True)
    assert row[1]["raw.interactions"] == len(
        archive.read("raw/interactions.ndjson").splitlines()
    )


def test_a_verification_finds_every_kind_of_column(
    built: Console, session: psycopg.Connection, known: person.Known
) -> None:
    found = {trace.place for trace in traces.in_database(session, export.values([known]))}
    wanted = {
        *("raw.interactions.actor_id", "raw.interactions.native_id", "raw.interactions.text"),
        *("raw.rejects.raw", "raw.profiles.display_name", "raw.decisions.reason"),
        *("raw.interactions.parent_id", "core.interaction_ledger.follower_id"),
        *("core.interaction_ledger.interaction_id", "core.current_profiles.username"),
    }
    assert wanted - found == set()
    said = built("privacy", "verify", "web", HER_NAME, "-w", "acme")
    assert said.code == 1
    assert "raw.interactions.text" in said.out.replace("\n", "")


def test_a_verification_of_a_file_finds_nothing_or_says_where(
    built: Console, tmp_path: Path
) -> None:
    file = tmp_path / "values.txt"
    file.write_text("never-landed-1\nnever-landed-2\n")
    said = built("privacy", "verify", file)
    assert (said.code, said.out) == (0, "2 values found nowhere.\n")
    place = state.home() / "left.log"
    place.write_bytes(b"something\nNEVER-landed-2 twice: never-landed-2")
    try:
        said = built("privacy", "verify", file)
        assert said.code == 1
        assert "found in 1 place." in said.out
        assert "left.log" in said.out.replace("\n", "")
    finally:
        place.unlink()
    file.write_text(" \n")
    assert built.fails("privacy", "verify", file, code=2).endswith("write one per line.")


def test_a_verification_looks_where_nobody_planned(target: Target) -> None:
    """In schemas of others, in tables with odd names, in what is kept to plan questions."""
    with target.connect() as other:
        other.execute('create schema "A.b"')
        other.execute('create table "A.b"."no""tes" as select \'by plant-me!\' as "Th.is"')
        other.execute('analyze "A.b"."no""tes"')
        (stored,) = traces.in_database(other, ["PLANT-me"])
        assert stored == traces.Trace('A.b.no"tes.Th.is', 1)
        other.execute('insert into "A.b"."no""tes" select \'by plant-me!\'')
        other.execute('analyze "A.b"."no""tes"')
        other.execute('delete from "A.b"."no""tes"')
        (kept,) = traces.in_database(other, ["PLANT-me"])
        assert kept == traces.Trace('statistics of A.b.no"tes.Th.is', 1)
        other.rollback()


@pytest.mark.parametrize("version", [erasing.CLEARS_STATISTICS, 10**9])
def test_statistics_of_an_emptied_table_are_cleared(
    target: Target, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    """By PostgreSQL's function, and without it, as before version 18."""
    monkeypatch.setattr(erasing, "CLEARS_STATISTICS", version)
    with target.connect() as other:
        other.execute("create table raw.planted as select 'plant-me' as text")
        other.execute("insert into raw.planted select 'plant-me'")
        other.execute("analyze raw.planted")
        other.execute("delete from raw.planted")
        other.execute("analyze raw.planted")
        assert [each.place for each in traces.in_database(other, ["plant-me"])] == [
            "statistics of raw.planted.text"
        ]
        (planted,) = [each for each in columns.relations(other) if each.name == "planted"]
        erasing._clear_statistics(other, planted)
        assert traces.in_database(other, ["plant-me"]) == []
        other.rollback()


@pytest.mark.parametrize(
    ("kind", "column"),
    [
        ("text", "'a {} b'"),
        ("jsonb", "jsonb_build_object('k', jsonb_build_array(1, 'a {} b'))"),
        ("bytea", "convert_to('a {} b', 'UTF8')"),
        ("text[]", "array['x', 'a {} b']"),
    ],
)
@pytest.mark.parametrize("value", ["plant-me", "q\"uo'te", "back\\slash", "zoë-ü", "a.b*c+d"])
def test_a_planted_value_is_found_in_every_type(
    target: Target, kind: str, column: str, value: str
) -> None:
    with target.connect() as other:
        other.execute(f"create table raw.planted (text {kind})".encode())
        literal = value.replace("'", "''")
        other.execute(f"insert into raw.planted select {column.format(literal)}".encode())
        found = traces.in_database(other, [value])
        assert traces.Trace("raw.planted.text", 1) in found
        assert traces.in_database(other, [f"{value}-not"]) == []
        other.rollback()


def test_rows_of_others_keep_the_elements_about_her(known: person.Known) -> None:
    listed = [{"username": HER_NAME, "n": 1}, {"username": OTHER_NAME, "n": 2}]
    assert rows._elements(listed, [known]) == listed[:1]
    assert rows._elements({"username": HER_NAME}, [known]) is None


def test_an_archive_without_values_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "empty.txt"
    file.write_text("")
    with pytest.raises(WarehouseError, match="write one per line"):
        traces.read_values(file)

"""A backup restored into an empty or a prepared database continues like the original."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from command_line import GOOD, Console
from copies import ROOT
from mart_reader import read_marts

from warehouse import database, schemas
from warehouse.connection import Target, resolve

AS_OF = ["--as-of", "2026-06-07T23:59:59Z"]


@pytest.fixture(scope="module")
def dump(warehouse: Console, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the samples, built, with a view of an analyst and a load that waits."""
    folder = tmp_path_factory.mktemp("backup")
    samples = ROOT / "samples"
    names = ["product_feed.ndjson", "instagram.ndjson", "content.ndjson"]
    assert warehouse("load", *(samples / name for name in names), "-w", "acme").code == 4
    assert warehouse("run", *AS_OF).code == 4
    more = folder / "more.ndjson"
    more.write_bytes(GOOD)
    assert warehouse("load", more, "-w", "acme").code == 0
    file = folder / "warehouse.dump"
    said = warehouse("backup", file)
    assert said.code == 0, said
    assert file.stat().st_mode & 0o777 == 0o600
    return file


@pytest.fixture(params=["empty", pytest.param("prepared", marks=pytest.mark.soak)])
def restored(request: pytest.FixtureRequest, dump: Path) -> Iterator[Target]:
    """A database that the backup was restored into."""
    target = resolve(f"restored_{request.param}")
    if request.param == "prepared":
        with target.connect(autocommit=True) as session:
            database.prepare(session)
    said = Console(target)("restore", dump)
    assert said.code == 0, said
    yield target
    with replace(target, dbname="postgres").connect(autocommit=True) as session:
        session.execute(f"drop database {target.dbname} with (force)")


def test_what_was_restored_goes_on_as_the_original(
    warehouse: Console, target: Target, dump: Path, restored: Target
) -> None:
    copy = Console(restored)
    assert "used 1 load" in copy("run", *AS_OF).out
    warehouse("run", *AS_OF)
    with target.connect() as original, restored.connect() as other:
        assert read_marts(other) == read_marts(original)
    assert copy("query", "--csv", "select count(*) from followers").code == 0
    assert "already holds loads" in copy.fails("restore", dump)
    assert copy("rebuild", *AS_OF).code in (0, 4)
    with target.connect() as original, restored.connect() as other:
        assert read_marts(other) == read_marts(original)


def test_what_is_no_backup_changes_nothing(
    warehouse: Console, dump: Path, tmp_path: Path
) -> None:
    assert "already exists" in warehouse.fails("backup", dump)
    target = resolve("restored_nothing")
    empty = Console(target)
    assert "There is no file" in empty.fails("restore", tmp_path / "missing.dump")
    for content in (b"", b"not a dump", dump.read_bytes()[: dump.stat().st_size // 2]):
        file = tmp_path / "broken.dump"
        file.write_bytes(content)
        assert "nothing was changed" in empty.fails("restore", file)
        assert list(tmp_path.iterdir()) == [file]
        assert "There was no run yet" in empty("status").out
    missing = tmp_path / "missing" / "warehouse.dump"
    assert warehouse("backup", missing).code == 1
    assert not missing.parent.exists()
    shutil.rmtree(tmp_path)


@pytest.mark.soak
def test_a_backup_with_a_prefix_holds_its_own_schemas(
    state_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside another warehouse whose prefix begins alike, and somebody's schema."""
    assert state_folder
    good = tmp_path / "good.ndjson"
    good.write_bytes(GOOD)
    monkeypatch.setenv(schemas.VARIABLE, "acme_uk")
    assert Console(resolve("prefixed"))("load", good, "-w", "uk").code == 0
    monkeypatch.setenv(schemas.VARIABLE, "acme")
    target, other = resolve("prefixed"), resolve("prefixed_copy")
    with target.connect(autocommit=True) as session:
        session.execute("create schema acme_books; create table acme_books.sales ()")
    warehouse, copy = Console(target), Console(other)
    file = tmp_path / "acme.dump"
    assert warehouse("load", ROOT / "samples" / "instagram.ndjson", "-w", "acme").code in (0, 4)
    assert warehouse("run", *AS_OF).code in (0, 4)
    assert warehouse("backup", file).code == 0
    monkeypatch.setenv(schemas.VARIABLE, "spring")
    sentence = Console(resolve("prefixed_copy")).fails("restore", file)
    assert "holds no schema spring_raw but acme_raw; nothing was changed" in sentence
    monkeypatch.setenv(schemas.VARIABLE, "acme")
    assert copy("restore", file).code == 0
    with other.connect() as session:
        rows = session.execute(
            "select nspname from pg_namespace where nspname ~ '^acme' order by nspname"
        ).fetchall()
    assert [name for (name,) in rows] == [f"acme_{name}" for name in sorted(schemas.NAMES)]
    assert copy("run", *AS_OF).out.startswith("Nothing new")
    for mart in ("followers", "follower_interactions", "participant_profiles"):
        rows_of = [one("query", "--csv", f"table {mart}").out for one in (warehouse, copy)]
        assert sorted(rows_of[0].splitlines()) == sorted(rows_of[1].splitlines())
        assert rows_of[0].count("\n") > 1
    assert copy("load", good, "-w", "acme").code == 0
    assert "used 1 load" in copy("run", *AS_OF).out

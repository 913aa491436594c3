"""Folders that are watched: what is read, when, and how often."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from command_line import GOOD

from loaders.reading.documents import Document
from warehouse.errors import WarehouseError
from warehouse.folders import PATIENCE, Folders
from warehouse.loading import Declared, Result

WORKSPACE = "watched"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that have been opened, in order."""
    names: list[str] = []
    take = Document.open.__func__  # type: ignore[attr-defined]

    def note(cls: type[Document], path: object) -> Document:
        names.append(Path(str(path)).name)
        found: Document = take(cls, path)
        return found

    monkeypatch.setattr(Document, "open", classmethod(note))
    return names


@pytest.fixture
def look(session: psycopg.Connection, tmp_path: Path) -> Iterator[Callable[[], list[Result]]]:
    """Looks at a folder once."""
    folders = Folders([str(tmp_path)], Declared(WORKSPACE))
    yield lambda: list(folders.land(session))
    session.execute("delete from raw.interactions where workspace_id = %s", (WORKSPACE,))
    session.execute("delete from raw.loads where workspace_id = %s", (WORKSPACE,))


def record(key: str) -> bytes:
    """Return a record."""
    return GOOD.replace(b'"id":"1"', f'"id":"{key}"'.encode())


def names(results: list[Result]) -> list[str]:
    """Return the files that results are of."""
    return [Path(result.name).name for result in results]


def test_a_file_is_read_when_it_has_stopped_changing(
    look: Callable[[], list[Result]], tmp_path: Path, opened: list[str]
) -> None:
    file = tmp_path / "a.ndjson"
    for number in range(3):  # it grows
        with file.open("ab") as stream:
            stream.write(record(str(number)))
        assert look() == []
    assert opened == []
    (result,) = look()
    assert result.load is not None
    assert result.load.n_landed == 3
    assert opened == ["a.ndjson"]
    for _ in range(3):
        assert look() == []
    assert opened == ["a.ndjson"]
    os.utime(file, ns=(1, 1))
    look()
    (result,) = look()
    assert result.load is not None
    assert not result.load.is_new  # loads are exactly once by content anyway


def test_what_is_there_at_first_is_read_once(
    look: Callable[[], list[Result]], tmp_path: Path
) -> None:
    for name in ("b", "a"):
        (tmp_path / f"{name}.ndjson").write_bytes(record(name))
    assert look() == []
    assert names(look()) == ["a.ndjson", "b.ndjson"]
    (tmp_path / "c.ndjson").write_bytes(record("c"))
    look()
    assert names(look()) == ["c.ndjson"]


def test_a_refused_file_is_tried_again_after_a_change(
    look: Callable[[], list[Result]], tmp_path: Path, opened: list[str]
) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"nonsense")
    look()
    (result,) = look()
    assert result.problem is not None
    count = len(opened)
    for _ in range(3):
        assert look() == []
    assert len(opened) == count
    file.write_bytes(record("mended"))
    look()
    (result,) = look()
    assert result.load is not None


def test_only_regular_files_that_show_themselves(
    look: Callable[[], list[Result]], tmp_path: Path, opened: list[str]
) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / ".hidden.ndjson").write_bytes(record("hidden"))
    (tmp_path / "lost").symlink_to(tmp_path / "nowhere")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n")
    look()
    results = look()
    assert [result.problem is None for result in results] == [False, True]
    assert names(results) == ["lost", "picture.png"]
    assert look() == []
    assert opened == []


def test_the_files_of_a_folder_wait_for_each_other(
    look: Callable[[], list[Result]], tmp_path: Path
) -> None:
    """A download's account file may come last."""
    folder = tmp_path / "download" / "deep"
    folder.mkdir(parents=True)
    (tmp_path / "single.ndjson").write_bytes(record("single"))
    (folder / "0.ndjson").write_bytes(record("0"))
    assert look() == []
    (folder / "1.ndjson").write_bytes(record("1"))
    assert names(look()) == ["single.ndjson"]
    assert names(look()) == ["0.ndjson", "1.ndjson"]


def test_a_folder_that_never_rests_is_read_all_the_same(
    look: Callable[[], list[Result]], tmp_path: Path
) -> None:
    folder = tmp_path / "stream"
    folder.mkdir()
    found: list[str] = []
    for number in range(PATIENCE + 3):
        (folder / f"{number:02}.ndjson").write_bytes(record(str(number)))
        found += names(look())
    assert found[:PATIENCE] == [f"{number:02}.ndjson" for number in range(PATIENCE)]


def test_an_error_of_the_database_stops_no_other_file(
    look: Callable[[], list[Result]], tmp_path: Path, session: psycopg.Connection
) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.ndjson").write_bytes(record(name))
    look()
    session.execute(
        "create function pg_temp.fail() returns trigger language plpgsql as"
        " $$ begin raise exception 'full' using errcode = '53100'; end $$"
    )
    session.execute(
        "create trigger fails before insert on raw.loads for each row"
        " when (new.source_name like '%a.ndjson') execute function pg_temp.fail()"
    )
    try:
        with pytest.raises(psycopg.errors.DiskFull):
            look()
        with pytest.raises(psycopg.errors.DiskFull):
            look()
    finally:
        session.execute("drop trigger fails on raw.loads")
    assert names(look()) == ["a.ndjson"]
    rows = session.execute(
        "select count(*) from raw.loads where workspace_id = %s", (WORKSPACE,)
    )
    assert rows.fetchone() == (3,)


def test_patterns_and_overlaps(session: psycopg.Connection, tmp_path: Path) -> None:
    file = tmp_path / "a.ndjson"
    folders = Folders(
        [f"{tmp_path}/*.ndjson", str(tmp_path), f"{tmp_path}/"], Declared(WORKSPACE)
    )
    assert list(folders.land(session)) == []
    file.write_bytes(record("pattern"))
    assert list(folders.land(session)) == []
    assert names(list(folders.land(session))) == ["a.ndjson"]
    file.unlink()
    assert list(folders.land(session)) == []


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("-", "Standard input cannot be watched; name a folder."),
        ("nowhere", "There is no folder or file nowhere; create it, then watch it."),
    ],
)
def test_what_cannot_be_watched(path: str, sentence: str) -> None:
    with pytest.raises(WarehouseError) as refused:
        Folders([path], Declared(WORKSPACE))
    assert (refused.value.message, refused.value.exit_code) == (sentence, 2)

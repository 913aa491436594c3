"""`warehouse load`: which files it reads, what it reports of each, and what it rejects."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import psycopg
import pytest
from command_line import GOOD, NAIVE, Console, Said, process

from loaders.parsing.formats import Format
from loaders.registry import modules
from warehouse.connection import Target


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with two files that are known, two that are not, and things to leave out."""
    (tmp_path / "nested").mkdir()
    (tmp_path / "nested" / "naive.ndjson").write_bytes(NAIVE + GOOD)
    (tmp_path / "nested" / "above").symlink_to(tmp_path)
    (tmp_path / "packed.gz").write_bytes(gzip.compress(GOOD + GOOD))
    (tmp_path / "letter.txt").write_text("Dear all,\n")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    (tmp_path / ".hidden").write_bytes(GOOD)
    (tmp_path / "empty").mkdir()
    return tmp_path


def test_loading_names_what_it_cannot_load(
    warehouse: Console, session: psycopg.Connection, files: Path
) -> None:
    said = warehouse("load", files, "-w", "mixed")
    assert said.code == 4
    assert "3 records landed" in said.out
    assert "1 file holds no data: 1 picture." in said.out
    problems = [line for line in said.err.splitlines() if line.startswith("✗ ")]
    assert problems == [f"✗ {files}/letter.txt is none of the known formats"]
    remarks = [line for line in said.err.splitlines() if line not in problems]
    assert all(line.startswith("  ") and len(line) <= 100 for line in remarks)
    assert " ".join(line.strip() for line in remarks) == (
        f"Known formats are those of {', '.join(modules())}."
        " docs/platforms.md lists all; --platform NAME lists those of one."
        " For a table of your own, `warehouse map FILE` drafts a map of its columns."
    )
    loads = session.execute(
        "select source_name, n_in from raw.loads where workspace_id = 'mixed'"
    )
    assert sorted(loads.fetchall()) == [
        (str(files / "nested" / "naive.ndjson"), 2),
        (str(files / "packed.gz"), 2),
    ]
    again = warehouse("load", files / "*.gz", files / "n*" / "*.ndjson", "-w", "mixed")
    assert again.code == 0
    assert again.out.count("same as load") == 2
    assert "Nothing new" in again.out


def test_of_a_platform_that_was_named_its_formats_are_told(
    warehouse: Console, files: Path
) -> None:
    (files / "list.txt").write_text("Milk\n")
    paths = files / "letter.txt", files / "list.txt"
    said = warehouse("load", *paths, "-w", "mixed", "-p", "telegram")
    assert said.code == 1
    assert said.err.splitlines() == [
        *(f"✗ {path} is no known format of telegram" for path in paths),
        "  Known formats of telegram:",
        *(f"  - {fmt.expects}" for fmt in modules()["telegram"].FORMATS),
    ]


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("missing", "There is no file at {}"),
        ("*.nothing", "There is no file at {}"),
        ("empty", "{} holds no file that can be read"),
        ("nothing.ndjson", "{} is empty: say its platform with --platform"),
    ],
)
def test_a_path_without_content_is_told(
    warehouse: Console, files: Path, path: str, sentence: str
) -> None:
    (files / "nothing.ndjson").touch()
    said = warehouse.fails("load", files / path, "-w", "nowhere")
    assert said == sentence.format(files / path)


def test_a_file_that_could_be_of_two_platforms(
    warehouse: Console, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = modules()["generic"].FORMATS[0]
    also = Format(
        name="also",
        expects="anything",
        container=known.container,
        recognises=lambda _: True,
        parse=known.parse,
    )
    monkeypatch.setattr(modules()["tiktok"], "FORMATS", (also,))
    sentence = warehouse.fails("load", files / "packed.gz", "-w", "two")
    assert sentence.endswith("packed.gz could be generic or tiktok: say which with --platform")
    assert warehouse("load", files / "packed.gz", "-w", "two", "-p", "generic").code == 0


def test_standard_input_and_rejects(
    warehouse: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(content: bytes) -> Said:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
        return warehouse("load", "-", "-w", "piped")

    said = load(NAIVE + GOOD)
    assert said.code == 4
    assert "standard input" in said.out
    assert "1 record landed" in said.out
    assert "1 rejected: `warehouse rejects` shows why" in said.out
    again = load(gzip.compress(NAIVE + GOOD))
    assert (again.code, "Nothing new" in again.out) == (0, True)
    listed = warehouse("rejects", "--reason", "naive_time")
    assert listed.code == 0
    assert "naive_time" in listed.out
    assert "occurred_at has no" in listed.out
    assert "0" not in warehouse("rejects", "--reason", "too_large").out
    unchanged = warehouse("rejects", "--replay")
    assert (unchanged.code, "Nothing changed" in unchanged.out) == (4, True)
    landed = warehouse("rejects", "--replay", "--reason", "naive_time", "--timezone", "UTC")
    assert (landed.code, "`warehouse run` brings" in landed.out) == (0, True)
    assert "No open rejects" in warehouse("rejects").out


def test_a_connection_that_is_lost_is_one_sentence(
    warehouse: Console, session: psycopg.Connection, tmp_path: Path
) -> None:
    """The first file has landed, and says so; the second is taken back."""
    session.execute(
        "create function raw.end_it() returns trigger language plpgsql as"
        " $$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$"
    )
    session.execute(
        "create trigger end_it after insert on raw.profiles execute function raw.end_it()"
    )
    (tmp_path / "a.ndjson").write_bytes(GOOD)
    profile = b'{"record":"profile","platform":"web","actor_id":"u"}\n'
    (tmp_path / "b.ndjson").write_bytes(GOOD + profile)
    try:
        said = warehouse("load", tmp_path, "-w", "lost")
    finally:
        session.execute("drop function raw.end_it cascade")
    assert said.code == 1
    assert "a.ndjson" in said.out
    assert "b.ndjson" not in said.out
    (sentence,) = said.err.splitlines()
    assert sentence.startswith("✗ PostgreSQL says: terminating connection")
    assert sentence.endswith("run it again.")
    assert warehouse("load", tmp_path, "-w", "lost").code == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("status",), 0),
        (("query", "select generate_series(1, 1000)"), 0),
        (("query", "--csv", "select 1"), 0),
        (("query", "--csv", "select generate_series(1, 100000)"), 0),
        (("load", "half.ndjson", "-w", "unread"), 4),
    ],
)
def test_a_reader_who_has_enough_changes_nothing(
    target: Target, tmp_path: Path, arguments: tuple[str, ...], code: int
) -> None:
    half = tmp_path / "half.ndjson"
    half.write_bytes(GOOD + NAIVE)
    running = process(target, *(str(half) if part == half.name else part for part in arguments))
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.close()
    assert (running.stderr.read(), running.wait(60)) == ("", code)

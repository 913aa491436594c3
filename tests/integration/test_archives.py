"""Archives on the command line: they land as their folders do, or are refused."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import psycopg
from command_line import GOOD, Console
from reported import REPORTED, needs_samples


def zipped(files: dict[str, bytes]) -> bytes:
    """An archive of some files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def test_an_archive_lands_as_its_folder(
    warehouse: Console, session: psycopg.Connection, tmp_path: Path
) -> None:
    files = {
        "your_data/comments.ndjson": GOOD,
        "your_data/empty.csv": b"",
        "your_data/odd.json": b'{"a": 1}',
        "media/1.jpg": b"\xff\xd8\xff",
        "start.html": b"<html>",
    }
    path = tmp_path / "download.zip"
    path.write_bytes(zipped(files))
    said = warehouse("load", path, "-w", "zip")
    assert said.code == 4
    assert "1 record landed" in said.out
    assert "3 files hold no data: 1 empty file, 1 picture, 1 HTML page." in said.out
    assert said.err.splitlines()[0] == (
        f"✗ {path}/your_data/odd.json is none of the known formats"
    )
    names = session.execute(
        "select source_name from raw.loads where workspace_id = 'zip'"
    ).fetchall()
    assert names == [(f"{path}/your_data/comments.ndjson",)]
    plain = tmp_path / "comments.ndjson"
    plain.write_bytes(GOOD)
    assert "same as load" in warehouse("load", plain, "-w", "zip").out


def test_an_archive_of_an_office_program_is_one_sentence(
    warehouse: Console, tmp_path: Path
) -> None:
    path = tmp_path / "letter.docx"
    path.write_bytes(zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}))
    assert warehouse.fails("load", path, "-w", "office") == (
        f"{path} is an office document; save its table as CSV and load that"
    )
    path = tmp_path / "table.xlsx"
    path.write_bytes(zipped({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}))
    sentence = warehouse.fails("load", path, "-w", "office")
    assert sentence.startswith(f"{path}: the workbook is damaged or not complete: ")


@needs_samples
def test_reported_wrappings(warehouse: Console, session: psycopg.Connection) -> None:
    counts = {
        "c21_export.zip": ("linkedin", "comment", 1),
        "c22_utf16_Reactions.csv": ("linkedin", "reaction", 1),
        "c22b_utf16_channel.json": ("discord", "Default", 2),
        "c23_sep_Reactions.csv": ("linkedin", "reaction", 1),
        "c23b_semicolon_Reactions.csv": ("linkedin", "reaction", 1),
        "c10c_messages_tab.csv": ("linkedin", "dm", 1),
    }
    for name, expected in counts.items():
        said = warehouse("load", REPORTED / name, "-w", name, "--account", "me")
        assert said.code == 0, said
        rows = session.execute(
            "select platform, native_type, count(*) from raw.interactions"
            " where workspace_id = %s group by 1, 2",
            (name,),
        ).fetchall()
        assert expected in rows, (name, rows)

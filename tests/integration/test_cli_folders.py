"""Folders on the command line: a bad file stops no other, and the report fits on a screen."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import psycopg
import pytest
from command_line import GOOD, NAIVE, Console

LINES = 24  # of a terminal


def names(session: psycopg.Connection, workspace: str) -> list[str]:
    """The names under which documents landed, without their folder."""
    found = session.execute(
        "select source_name from raw.loads where workspace_id = %s order by load_id",
        (workspace,),
    )
    return [name.rpartition("/")[2] for (name,) in found]


def named(number: int) -> bytes:
    """A document of one record."""
    return GOOD.replace(b'"id":"1"', b'"id":"%d"' % number)


def test_one_bad_name_stops_nothing(
    warehouse: Console, session: psycopg.Connection, tmp_path: Path
) -> None:
    bad = os.fsdecode(os.fsencode(tmp_path) + b"/a\xffb.ndjson")
    Path(bad).write_bytes(named(1))
    (tmp_path / "-").write_bytes(named(2))
    (tmp_path / "line\nbreak.ndjson").write_bytes(named(3))
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "round").symlink_to(tmp_path / "round")
    with socket.socket(socket.AF_UNIX) as listening:
        before = Path.cwd()
        os.chdir(tmp_path)  # a socket's path is short
        try:
            listening.bind("socket")
            said = warehouse("load", ".", "-w", "names")
        finally:
            os.chdir(before)
    assert said.code == 4
    assert names(session, "names") == ["-", "a\\xffb.ndjson", "line\nbreak.ndjson"]
    assert "a\\xffb.ndjson" in said.out
    assert "2 files hold no data: 2 pipes, sockets or devices." in said.out
    assert sorted(line for line in said.err.splitlines() if line.startswith("✗")) == [
        "✗ ./dangling cannot be read: No such file or directory",
        "✗ ./round cannot be read: Too many levels of symbolic links",
    ]


def test_a_folder_that_cannot_be_listed_is_told(
    warehouse: Console, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "open.ndjson").write_bytes(GOOD)
    plain = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return plain(path)

    monkeypatch.setattr("os.scandir", scandir)
    said = warehouse("load", tmp_path, "-w", "closed")
    assert said.code == 4
    assert "1 record landed" in said.out
    assert said.err == f"✗ {tmp_path}/closed cannot be read: Permission denied\n"


def test_companions_are_no_error(warehouse: Console, tmp_path: Path) -> None:
    for number in range(100):
        (tmp_path / f"{number}.jpg").write_bytes(b"\xff\xd8\xff")
    (tmp_path / "start_here.html").write_text("<html>")
    (tmp_path / "README.txt").write_text("Dear all,")
    (tmp_path / "nothing.csv").touch()
    said = warehouse("load", tmp_path, "-w", "pictures")
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [
        "103 files hold no data: 100 pictures, 1 note, 1 empty file, 1 HTML page.",
        "The platform also offers its download as JSON; request that format.",
    ]
    (tmp_path / "good.ndjson").write_bytes(GOOD)
    assert warehouse("load", tmp_path, "-w", "pictures").code == 0
    alone = warehouse("load", tmp_path / "1.jpg", "-w", "pictures")
    assert (alone.code, alone.out) == (1, "1 file holds no data: 1 picture.\n")


CONTACT = "Email Address,Company,Position,Connected On"
NOTES = 'Notes:\n"When exporting your connection data, you may miss ""some"" addresses."\n\n'


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "Connections.csv",
            "First Name,Last Name,URL,Email Address,Company,Position,Connected On",
        ),
        ("Connections.csv", "First Name,Last Name,Email Address,Company,Position,Connected On"),
        (
            "Connections.csv",
            NOTES + "First Name,Last Name,URL,Email Address,Company,Position,Connected On",
        ),
        ("Invitations.csv", "From,To,Sent At,Message,Direction"),
    ],
)
def test_contacts_of_a_linkedin_download_are_no_data(
    warehouse: Console, tmp_path: Path, name: str, content: str
) -> None:
    (tmp_path / name).write_text(f"{content}\nAda,Løv,x,x,x,x,01 Mar 2026\n", encoding="utf-8")
    said = warehouse("load", tmp_path, "-w", "contacts")
    assert (said.code, said.err) == (0, "")
    assert said.out == "1 file holds no data: 1 other file of a LinkedIn download.\n"


def test_the_report_of_a_folder_is_one_screen(warehouse: Console, tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"{number}.ndjson").write_bytes(named(number) + NAIVE)
        (tmp_path / f"{number}.odd").write_bytes(b"{}")
        (tmp_path / f"{number}.png").write_bytes(b"\x89PNG\r\n")
        (tmp_path / f"{number}.rar").write_bytes(b"Rar!\x1a\x07\0")
        (tmp_path / f"{number}.broken.gz").write_bytes(b"\x1f\x8b\x08")
    said = warehouse("load", tmp_path, "-w", "many")
    assert said.code == 4
    assert len(said.out.splitlines()) + len(said.err.splitlines()) <= LINES
    rows = [line.split() for line in said.out.splitlines()]
    assert ["generic", "exchange_ndjson", "300", "600", "300", "300", "–", "–"] in rows
    assert "Rejected records are in 300 files: " in said.out
    assert "300 records rejected because the times of exchange_ndjson have no zone" in said.out
    assert "300 files hold no data: 300 pictures." in said.out
    problems = [line for line in said.err.splitlines() if line.startswith("✗")]
    assert sorted(problem.rpartition(":")[0] for problem in problems) == [
        "✗ 300 files: each is a RAR archive; unpack it and load the folder",
        "✗ 300 files: each is none of the known formats",
        "✗ 300 files: the gzip file is truncated",
    ]
    assert all(problem.endswith(" and 297 more") for problem in problems)

"""Documents in zip, gzip, UTF-16 and with other delimiters read like plain ones."""

from __future__ import annotations

import codecs
import gzip
import io
import struct
import zipfile
from pathlib import Path

import pytest
from command_line import GOOD
from platform_files import VALID, name_of

from loaders.parsing.formats import Context, Csv
from loaders.reading.archives import Unreadable, members
from loaders.reading.csv_stream import dialect, standard
from loaders.reading.documents import Document, DocumentError
from loaders.reading.reader import outcomes
from loaders.records import Outcome
from loaders.registry import recognise

CONTEXT = Context(account="me")
TEXTS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
READABLE = [path for path in VALID if path.suffix != ".gz"]


def read(content: bytes, name: str) -> tuple[str, list[Outcome], bytes]:
    """The format of a document, what it holds, and its checksum."""
    with Document.spool(io.BytesIO(content), name) as document:
        document.place = name
        _, fmt = recognise(document)
        return fmt.name, list(outcomes(document, fmt, CONTEXT)), document.sha256


def zipped(files: dict[str, bytes]) -> bytes:
    """An archive of some files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def listed(content: bytes, name: str = "a.zip") -> list[tuple[str, str | bytes]]:
    """The members of an archive: their names with their content, or why there is none."""
    found: list[tuple[str, str | bytes]] = []
    with Document.spool(io.BytesIO(content), name) as archive:
        assert archive.is_archive
        for member in members(archive):
            if isinstance(member, Unreadable):
                found.append((member.name, member.problem))
            else:
                found.append((member.name, member.head))
    return found


@pytest.mark.parametrize("path", READABLE, ids=name_of)
def test_every_fixture_reads_alike_in_every_wrapping(path: Path) -> None:
    """The same outcomes and checksum from a zip, a gzip and UTF-16 as from the plain file."""
    content, name = path.read_bytes(), f"archive.zip/{path.name}"
    plain = read(content, name)
    assert read(gzip.compress(content), name) == plain
    packed = zipped({path.name: content})
    with Document.spool(io.BytesIO(packed), "archive.zip") as archive:
        for member in members(archive):
            assert isinstance(member, Document)
            _, fmt = recognise(member)
            assert (fmt.name, list(outcomes(member, fmt, CONTEXT)), member.sha256) == plain
    try:
        text = content.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError:
        return
    unmarked = read(text.encode(), name)
    for mark, encoding in TEXTS.items():
        assert read(mark + text.encode(encoding), name) == unmarked


@pytest.mark.parametrize("path", [path for path in READABLE if path.suffix == ".csv"])
def test_a_csv_may_have_the_delimiter_of_another_language(path: Path) -> None:
    content = path.read_bytes()
    with Document.open(path) as document:
        _, fmt = recognise(document)
    if not isinstance(fmt.container, Csv) or fmt.container.delimiter != ",":
        return
    if fmt.container.columns:
        return
    first = content.removeprefix(codecs.BOM_UTF8).partition(b"\n")[0]
    plain = read(content, path.name)
    if b'"' not in content and first.count(b",") and b";" not in content:
        other = content.replace(b",", b";")
        name, found, _ = read(other, path.name)
        assert name == plain[0] or name == plain[0].replace("_csv", "_semicolon_csv")
        assert [type(outcome) for outcome in found] == [type(outcome) for outcome in plain[1]]
    declared = b"sep=,\r\n" + content.removeprefix(codecs.BOM_UTF8)
    name, found, _ = read(declared, path.name)
    assert (name, [type(outcome) for outcome in found]) == (
        plain[0],
        [type(outcome) for outcome in plain[1]],
    )


@pytest.mark.parametrize(
    ("head", "delimiter", "start", "as_commas"),
    [
        (b"a,b\n1,2\n", ",", 0, b"a,b\n1,2\n"),
        (b"a;b\n1;2\n", ";", 0, b"a,b\n1;2\n"),
        (b"a\tb\r\n1\t2", "\t", 0, b"a,b\r\n1\t2"),
        (b"sep=;\r\na;b\r\n", ";", 7, b"a,b\r\n"),
        (b'\xef\xbb\xbf"sep=\t"\na\tb\n', "\t", 11, b"a,b\n"),
        (b'a;"b;c";d,e\n', ";", 0, b'a,b;c,"d,e"\n'),
        (b"alone\n", ",", 0, b"alone\n"),
        (b"", ",", 0, b""),
    ],
)
def test_the_dialect_of_a_csv(
    head: bytes, delimiter: str, start: int, as_commas: bytes
) -> None:
    assert dialect(head, ",") == (delimiter, start)
    assert standard(head, ",") == as_commas


def test_utf_16_that_is_damaged_costs_a_record() -> None:
    lines = GOOD.decode() * 3
    packed = codecs.BOM_UTF16_LE + lines.encode("utf-16-le")
    broken = packed.replace('"like"'.encode("utf-16-le"), b'"\0\x00\xd8"\0', 1)
    name, found, _ = read(broken + b"\x0a", "x")
    assert name == "exchange_ndjson"
    assert [type(outcome).__name__ for outcome in found][:3] == ["Rejected", "Landed", "Landed"]


def test_the_documents_of_an_archive() -> None:
    inner = zipped({"deep/b.json": b"[2]", "deeper.zip": zipped({"c.json": b"[3]"})})
    content = zipped(
        {
            "z/last.csv": b"a,b",
            "a/first.json": b"[1]",
            "../../out.json": b"[4]",
            "packed.json.gz": gzip.compress(b"[5]"),
            "part.zip": inner,
            "__MACOSX/a/._first.json": b"\0",
            "a/.hidden": b"\0",
            "folder/": b"",
        }
    )
    assert listed(content) == [
        ("a.zip/../../out.json", b"[4]"),
        ("a.zip/a/first.json", b"[1]"),
        ("a.zip/packed.json.gz", b"[5]"),
        ("a.zip/part.zip/deep/b.json", b"[2]"),
        (
            "a.zip/part.zip/deeper.zip",
            "is a zip within a zip within a zip; unpack it first",
        ),
        ("a.zip/z/last.csv", b"a,b"),
    ]


def test_names_of_other_systems() -> None:
    content = zipped({"übung\\räume.json": b"[1]"})
    assert listed(content) == [("a.zip/übung/räume.json", b"[1]")]
    unflagged = content.replace(struct.pack("<H", 0x800), b"\0\0")
    assert listed(unflagged) == [("a.zip/übung/räume.json", b"[1]")]


def flagged(content: bytes, place: bytes, offset: int, value: int) -> bytes:
    """The same archive with two bytes of its records changed."""
    changed = bytearray(content)
    at = changed.find(place) + offset
    changed[at : at + 2] = struct.pack("<H", value)
    return bytes(changed)


def test_members_that_cannot_be_read() -> None:
    content = zipped({"a.json": b"[1]" * 100})
    encrypted = flagged(content, b"PK\x01\x02", 8, 1)
    told = "is encrypted; unpack the archive with its password first"
    assert listed(encrypted) == [("a.zip/a.json", told)]
    unknown = flagged(content, b"PK\x01\x02", 10, 99)
    ((_, problem),) = listed(unknown)
    assert isinstance(problem, str)
    assert problem.startswith("cannot be read: ")
    damaged = bytearray(content)
    damaged[36:40] = b"\xff\xff\xff\xff"
    with (
        Document.spool(io.BytesIO(damaged), "a.zip") as archive,
        pytest.raises(DocumentError, match="of the zip archive is damaged"),
    ):
        for member in members(archive):
            if isinstance(member, Unreadable):
                raise DocumentError(member.problem)
            assert member.sha256


@pytest.mark.parametrize("cut", [5, 30, -10])
def test_an_archive_that_is_cut_off_is_one_sentence(cut: int) -> None:
    content = zipped({"a.json": b"[1]"})[:cut]
    with (
        Document.spool(io.BytesIO(content), "a.zip") as archive,
        pytest.raises(DocumentError, match=r"^a\.zip: the zip archive is "),
    ):
        list(members(archive))


def test_archives_that_are_made_to_do_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped({f"{number}.json": b" " * 60_000_000 for number in range(5)})
    with (
        Document.spool(io.BytesIO(bomb), "bomb.zip") as archive,
        pytest.raises(DocumentError, match=r"^bomb\.zip: .* would expand to 300,000,000"),
    ):
        list(members(archive))
    monkeypatch.setattr("loaders.reading.archives.MAX_MEMBERS", 3)
    many = zipped({f"{number}.json": b"1" for number in range(4)})
    with (
        Document.spool(io.BytesIO(many), "many.zip") as archive,
        pytest.raises(DocumentError, match=r"^many\.zip: .* has 4 files, more than 3"),
    ):
        list(members(archive))

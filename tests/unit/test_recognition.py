"""Documents are opened and their formats recognised; an error is one sentence."""

from __future__ import annotations

import gzip
import hashlib
import io
from pathlib import Path

import pytest
from platform_files import VALID, apply, format_of, name_of

from loaders.parsing.formats import Context, Format
from loaders.reading.documents import HEAD_BYTES, Document, DocumentError
from loaders.reading.reader import outcomes
from loaders.registry import (
    PlatformModule,
    RecognitionError,
    UnknownFormatError,
    modules,
    recognise,
)

LINE = b'{"record":"interaction","platform":"web","id":"1","type":"view","actor_id":"u"}\n'


def told(content: bytes, platform: str | None = None) -> tuple[PlatformModule, Format]:
    with Document.spool(io.BytesIO(content), "notes.txt") as document:
        return recognise(document, platform)


def test_modules_are_found_and_complete() -> None:
    assert {"generic", "discord", "youtube", "facebook", "tiktok"} <= set(modules())
    names = [fmt.name for module in modules().values() for fmt in module.FORMATS]
    assert len(names) == len(set(names))
    for module in modules().values():
        text = getattr(module, "__doc__", "") or ""
        assert all(f"{word}:" in text for word in ("Source", "Shape", "Units", "Errors"))


def test_nothing_matches() -> None:
    with pytest.raises(RecognitionError, match=r"^notes\.txt is none of the known formats"):
        told(b"hello\nworld\n")
    with pytest.raises(UnknownFormatError, match=r"discord; it looks like generic$") as caught:
        told(LINE, "discord")
    expected = [fmt.expects for fmt in modules()["discord"].FORMATS]
    assert caught.value.expected == {"discord": expected}
    with pytest.raises(RecognitionError, match="'myspace' is not a known platform"):
        told(LINE, "myspace")


def test_several_match(monkeypatch: pytest.MonkeyPatch) -> None:
    everything = modules()["discord"].FORMATS[0]
    also = Format(
        name="also",
        expects="anything",
        container=everything.container,
        recognises=lambda _: True,
        parse=everything.parse,
    )
    monkeypatch.setattr(modules()["tiktok"], "FORMATS", (also,))
    sentence = r"^notes\.txt could be generic or tiktok: say which with --platform$"
    with pytest.raises(RecognitionError, match=sentence):
        told(LINE)
    assert told(LINE, "generic")[0].PLATFORM == "generic"


def test_empty_documents() -> None:
    with pytest.raises(RecognitionError, match=r"notes\.txt is empty"):
        told(b"\xef\xbb\xbf \n")
    for name, module in modules().items():
        fmt = told(b"", name)[1]
        assert fmt is module.FORMATS[0]
        assert apply(b"", fmt) == []


@pytest.mark.parametrize("path", VALID, ids=name_of)
def test_a_head_may_end_anywhere(path: Path) -> None:
    content = path.read_bytes()
    for end in range(0, len(content), max(1, len(content) // 50)):
        for module in modules().values():
            for fmt in module.FORMATS:
                fmt.recognises(content[:end])  # may say no, never raises
    assert format_of(path).recognises(content[: len(content) - 1])


def test_documents_are_told_by_content(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a.ndjson", tmp_path / "b.ndjson"
    plain.write_bytes(LINE * 2000)
    packed.write_bytes(gzip.compress(LINE * 1000) + gzip.compress(LINE * 1000))
    with Document.open(plain) as one, Document.open(packed) as two:
        assert one.sha256 == two.sha256 == hashlib.sha256(LINE * 2000).digest()
        assert one.head == two.head == (LINE * 2000)[:HEAD_BYTES]
        _, fmt = recognise(two)
        assert len(list(outcomes(two, fmt, Context()))) == 2000
        assert list(outcomes(one, fmt, Context())) == list(outcomes(two, fmt, Context()))


def test_spooled_streams_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Document.spool(io.BytesIO(gzip.compress(LINE)), "-") as document:
        assert document.head == LINE
        assert not list(tmp_path.iterdir())  # nor would be, if we were killed
    assert not list(tmp_path.iterdir())


def test_damaged_documents_are_one_sentence(tmp_path: Path) -> None:
    packed = gzip.compress(bytes(range(256)) * 4000)
    for content in (packed[: len(packed) // 2], packed[:-1], packed[:20] + b"\0" * 50):
        path = tmp_path / "x.gz"
        path.write_bytes(content)
        with (
            Document.open(path) as document,
            pytest.raises(DocumentError, match=r"x\.gz: the gz"),
        ):
            assert document.sha256
    for path in (tmp_path / "missing", tmp_path):
        with pytest.raises(DocumentError, match="cannot be read"):
            Document.open(path)

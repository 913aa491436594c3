"""Several passes over one file must see the same bytes."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from changing_files import export, lines
from command_line import GOOD

from loaders.parsing.formats import Context
from loaders.reading.documents import Document, DocumentChangedError
from loaders.reading.reader import outcomes
from loaders.registry import recognise


@pytest.mark.parametrize("make", [lines, export])
def test_a_pass_that_saw_other_bytes_is_an_error(make: object, tmp_path: Path) -> None:
    assert callable(make)
    path = tmp_path / "a.json"
    path.write_bytes(make(3000))
    with Document.open(path) as document:
        _, fmt = recognise(document)
        assert document.sha256
        path.write_bytes(make(2999))
        with pytest.raises(DocumentChangedError, match=r"a\.json changed while"):
            list(outcomes(document, fmt, Context()))
        with pytest.raises(DocumentChangedError):
            document.check()


def test_the_beginning_that_told_the_format_has_to_be_that_of_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(lines(1000))
    with Document.open(path) as document:
        assert document.head
        path.write_bytes(lines(1000).replace(b"first", b"other"))
        with pytest.raises(DocumentChangedError):
            assert document.sha256


def test_a_pass_may_stop_early() -> None:
    with Document.spool(io.BytesIO(GOOD * 5000), "x") as document:
        for size in (10, 70_000, 300_000):
            with document.open_stream() as stream:
                assert stream.read(size)
        assert document.sha256
        with document.open_stream() as stream:
            assert stream.read(5)
        document.check()

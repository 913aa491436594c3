"""Files that a load finds: pipes, devices, standard input and unusual names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from command_line import GOOD

from loaders.reading.documents import Document, DocumentError, shown
from warehouse.finding import Found, find


def test_only_a_bare_dash_is_standard_input(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("-").write_bytes(GOOD)
    assert find(["-", "./-", "*"]) == [
        Found("-", is_stdin=True),
        Found("./-"),  # which is also what the pattern finds
    ]
    assert find(["."]) == [Found("./-", is_walked=True)]


def test_a_pipe_that_was_named_is_read_and_a_device_is_not(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, GOOD)
    os.close(writing)
    with Document.open(f"/dev/fd/{reading}") as document:
        assert document.head == GOOD
    os.close(reading)
    with pytest.raises(DocumentError, match="/dev/zero: cannot be read: it is a device"):
        Document.open("/dev/zero")


def test_a_stream_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loaders.reading.documents.MAX_SPOOLED_BYTES", 1_000_000)
    with (
        Path("/dev/zero").open("rb") as endless,
        pytest.raises(DocumentError, match=r"standard input has more than the 1,000,000 bytes"),
    ):
        Document.spool(endless, "standard input")


def test_names_are_shown_as_text() -> None:
    assert shown(os.fsdecode(b"a\xff\xc3\xa4")) == "a\\xffä"

"""Texts of strangers are shown escaped: in every line for a terminal, in any encoding."""

from __future__ import annotations

import io
import re
import sys
import unicodedata
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from warehouse import console, display
from warehouse.reports.runs import show_run
from warehouse.results import Failure
from warehouse.runs import Outcome

ANYTHING = st.text(st.characters(), max_size=40)  # surrogates included
HOSTILE = "\x1b]0;title\x07\x1b[2J\r\u202e\u2066\u2028\u200b\x9b31m\udcff\U000e0041"
OWN_CODES = re.compile(r"\x1b\[[0-9;]*m")


@given(ANYTHING)
def test_no_character_is_left_that_a_terminal_obeys(text: str) -> None:
    shown = display.visible(text)
    for char in shown:
        assert unicodedata.category(char) not in {"Cc", "Cs", "Zl", "Zp"}
        assert unicodedata.bidirectional(char) not in {"LRE", "RLE", "LRO", "RLO", "PDF"}
        assert unicodedata.bidirectional(char) not in {"LRI", "RLI", "FSI", "PDI"}
    assert display.visible(shown) == shown
    shown.encode()


def test_emoji_and_scripts_stay_as_they_are() -> None:
    for text in ("Zoë", "👩‍👩‍👧", "❤️", "नमस्ते", "שלום", "می‌خواهم"):
        assert display.visible(text) == text


def _shown(print_something: Callable[[], object]) -> str:
    """What a function of `console` prints on either stream of a terminal."""
    stream = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        terminal = Console(file=stream, force_terminal=True, width=120)
        patch.setattr(console, "out", terminal)
        patch.setattr(console, "err", terminal)
        print_something()
    return stream.getvalue()


def test_a_report_shows_paths_whole_and_an_answer_the_beginning_of_texts() -> None:
    path = "/folder" * 40
    for rows in ([(path, 1)], [(path, *range(30))]):  # too wide for a table: row by row
        columns = [str(number) for number in range(len(rows[0]))]
        lines = _shown(partial(console.table, columns, rows))
        parts = [word for word in OWN_CODES.sub("", lines).split() if "/" in word]
        assert "".join(parts) == path
    cut = _shown(lambda: console.table(["text", "n"], [(path, 1)], widest=console.WIDEST_CELL))
    assert f"{path[: console.WIDEST_CELL - 1]}…" in cut


SAYINGS: dict[str, Callable[[], object]] = {
    "say": lambda: console.say(HOSTILE),
    "title": lambda: console.title(HOSTILE),
    "fail": lambda: console.fail(HOSTILE),
    "warn": lambda: console.warn(HOSTILE),
    "table": lambda: console.table([HOSTILE], [(HOSTILE,), ({HOSTILE: 1},)], HOSTILE),
    "narrow table": lambda: console.table([f"{n}{HOSTILE}" for n in range(9)], [[HOSTILE] * 9]),
    "heatmap": lambda: console.heatmap(HOSTILE, {HOSTILE: {1: 0.5}}),
    "run": lambda: show_run(
        Outcome(
            is_successful=False,
            seconds=1.0,
            failures=(Failure(HOSTILE, HOSTILE),),
            warnings=(Failure(HOSTILE, HOSTILE),),
        )
    ),
}


@pytest.mark.parametrize("name", SAYINGS)
def test_whatever_is_printed_is_visible(name: str) -> None:
    shown = OWN_CODES.sub("", _shown(SAYINGS[name]))
    assert "title" in shown
    assert display.visible(shown.replace("\n", "")) == shown.replace("\n", "")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_standard_output_takes_any_text_in_any_encoding(encoding: str) -> None:
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding, errors="strict")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        display.accept_any_encoding()
        sys.stdout.write("Zoë – 👍 … ✗")
        sys.stdout.flush()
    expected = {
        "ascii": "Zo\\xeb - \\U0001f44d ... x",
        "latin-1": "Zoë - \\U0001f44d ... x",
        "cp1252": "Zoë – \\U0001f44d … x",
        "utf-8": "Zoë – 👍 … ✗",
    }
    assert written.getvalue().decode(encoding) == expected[encoding]

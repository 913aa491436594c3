"""Events: every one has a name, a line of JSON and a sentence."""

from __future__ import annotations

import json
from typing import Any, get_type_hints

import pytest

from warehouse import events
from warehouse.events import Event, Logged
from warehouse.reports.events import STYLES, show_event

OF_LOG = Logged.__subclasses__()
SHOWN = [kind for kind in Event.__subclasses__() if kind is not Logged]
KINDS = [*SHOWN, *OF_LOG]
VALUES: dict[Any, Any] = {str: "é\u202e\x7f", int: 3, bool: True, float: 1.5}


def some(kind: type[Event]) -> Event:
    """Return an event of a kind; what is optional is null."""
    hints = get_type_hints(kind)
    values: dict[str, Any] = {
        name: VALUES.get(hints[name], () if "tuple" in str(hints[name]) else None)
        for name in kind.__struct_fields__
        if name != "at"
    }
    return kind(**values)


@pytest.mark.parametrize("kind", KINDS)
def test_a_line_is_ascii_with_name_and_time(kind: type[Event]) -> None:
    line = events.line(some(kind))
    assert line.isascii()
    assert line.isprintable()
    told = json.loads(line)
    assert list(told)[:2] == ["event", "at"]
    assert told["event"].replace("_", "") == kind.__name__.lower()
    assert told["at"].endswith("Z")
    for name in told.keys() - {"event", "at"}:
        assert name.isidentifier()


@pytest.mark.parametrize("kind", SHOWN)
def test_an_event_is_told_to_people(
    kind: type[Event], capsys: pytest.CaptureFixture[str]
) -> None:
    show_event(some(kind))
    lines = capsys.readouterr().out.splitlines()
    assert bool(lines) == (kind is not events.LoadSkipped)
    assert all(line[:4].isdigit() for line in lines)


def test_styles_are_of_events() -> None:
    assert STYLES.keys() <= set(SHOWN)

"""Laws of charts: everything is inside, as large as its number, and cheap to draw."""

from __future__ import annotations

import html
import itertools
import re
import sys
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from page_reader import ReadPage

from warehouse.web.pages import charts, scales
from warehouse.web.pages.charts import BASE, HEIGHT, Drawing

FIRST = date(2026, 1, 1)
COUNTS = st.none() | st.integers(0, 10**9) | st.floats(0, 1e6)
DAYS = st.dictionaries(st.integers(0, 4000), COUNTS, min_size=1, max_size=60)
MOST_CALLS = 30  # of functions per day, in all widths; an engine has thousands
ODD = '<b>"bold" & 自転車 of somebody whose name doesn\'t end'
NUMBER = r"(-?[\d.]+(?:e[+-]\d+)?)"


def days_of(counts: dict[int, Any]) -> list[dict[str, Any]]:
    """Return rows of days, in the order of their numbers."""
    return [
        {"activity_date": (FIRST + timedelta(days=day)).isoformat(), "n": count}
        for day, count in counts.items()
    ]


def pictures(drawing: Drawing) -> list[tuple[int, int, str]]:
    """Return a drawing as width, height and SVG, for screens, tablets and phones."""
    found = []
    for svg in charts.chart("Title", ODD, drawing).svgs:
        ReadPage(svg)  # every element is closed
        box = re.search(r'viewBox="0 0 (\d+) (\d+)"', svg)
        assert box is not None
        found.append((int(box[1]), int(box[2]), str(svg)))
    return found


def path(svg: str, kind: str) -> str:
    """Return the steps of a path; none where there is nothing of the kind."""
    found = re.search(f'<path class="{kind}" d="([^"]*)"', svg)
    return found[1] if found else ""


def assert_inside(width: int, height: int, svg: str) -> None:
    """Check that texts and steps are within the picture; a phone cuts what is not."""
    for x, y, kind, text in re.findall(
        f'<text x="{NUMBER}" y="{NUMBER}" class="([^"]*)">([^<]*)</text>', svg
    ):
        room = scales.width_of(html.unescape(text))
        share = 1 if "end" in kind else 0.5 if "middle" in kind else 0
        assert 0 <= float(y) <= height
        assert float(x) - room * share >= -1, text
    for x, y in re.findall(f"M{NUMBER} {NUMBER}", svg):
        assert 0 <= float(x) <= width
        assert 0 <= float(y) <= height


@given(most=st.floats(0, 1e12))
def test_ticks_are_few_round_numbers_that_nothing_exceeds(most: float) -> None:
    ticks = scales.ticks(most)
    assert ticks[0] == 0
    assert 2 <= len(ticks) <= scales.TICKS + 1
    assert ticks[-2] <= most <= ticks[-1]
    assert f"{ticks[1]:e}"[0] in "125"
    assert len({scales.tick_label(tick) for tick in ticks}) == len(ticks)


@given(
    first=st.dates(date(1990, 1, 1), date(2090, 1, 1)),
    span=st.integers(0, 12_000),
    most=st.sampled_from([4, 10]),
)
def test_marked_days_are_few_and_evenly_apart(first: date, span: int, most: int) -> None:
    last = first + timedelta(days=span)
    marks = scales.day_marks(first, last, most)
    assert 1 <= len(marks) <= most
    assert first <= marks[0][0]
    assert marks[-1][0] <= last
    gaps = [(after - day).days for (day, _), (after, _) in itertools.pairwise(marks)]
    assert not gaps or max(gaps) - min(gaps) <= max(gaps) * 0.12
    assert len({label for _, label in marks}) == len(marks)


@given(text=st.text(), room=st.floats(20, 300))
def test_a_text_that_is_cut_fits_and_says_so(text: str, room: float) -> None:
    fitted = scales.fitted(text, room)
    assert scales.width_of(fitted) <= room
    assert fitted == text or text.startswith(fitted.removesuffix("…"))


@settings(max_examples=30)
@given(counts=DAYS)
def test_a_bar_is_as_high_as_its_number(counts: dict[int, Any]) -> None:
    rows = [{**row, "is_complete": place % 3 > 0} for place, row in enumerate(days_of(counts))]
    known = [row for row in rows if row["n"]]
    top = scales.ticks(max([row["n"] for row in known], default=0))[-1]
    for width, height, svg in pictures(charts.days(rows, "n", "likes")):
        assert_inside(width, height, svg)
        for kind, is_complete in (("bars", True), ("hatched", False)):
            bars = re.findall(f"M{NUMBER} {BASE}V{NUMBER}h{NUMBER}V{BASE}", path(svg, kind))
            chosen = [row["n"] for row in known if row["is_complete"] is is_complete]
            assert len(bars) == len(chosen)
            for (left, upper, wide), count in zip(bars, chosen, strict=True):
                assert BASE - float(upper) == pytest.approx(HEIGHT * count / top, abs=0.02)
                assert float(left) + float(wide) <= width + 0.1


@settings(max_examples=30)
@given(counts=DAYS, first=st.integers(-5, 4005))
def test_bars_before_a_period_are_apart(counts: dict[int, Any], first: int) -> None:
    since = FIRST + timedelta(days=first)
    for _, _, svg in pictures(charts.days(days_of(counts), "n", "likes", since)):
        for kind, is_before in (("bars before", True), ("bars", False)):
            expected = [
                day for day, count in counts.items() if count and (day < first) is is_before
            ]
            assert path(svg, kind).count("M") == len(expected)


@settings(max_examples=30)
@given(counts=DAYS)
def test_a_line_has_a_gap_where_a_number_is_not_known(counts: dict[int, Any]) -> None:
    in_order = [counts[day] for day in sorted(counts)]
    begins = sum(
        count is not None and before is None
        for before, count in zip([None, *in_order], in_order, strict=False)
    )
    for width, height, svg in pictures(charts.line(days_of(counts), "n", "points")):
        assert_inside(width, height, svg)
        assert path(svg, "line").count("M") == begins
        assert path(svg, "dots").count("h0") == sum(each is not None for each in in_order)


@settings(max_examples=30)
@given(rows=st.lists(st.tuples(st.none() | st.just(ODD) | st.text(), COUNTS), max_size=12))
def test_a_bar_beside_a_name_is_as_long_as_its_number(rows: list[tuple[Any, Any]]) -> None:
    most = max((count or 0 for _, count in rows), default=0) or 1
    shown = [{"name": name, "n": count, "tier": "active"} for name, count in rows]
    for width, height, svg in pictures(charts.bars(shown, "name", "n", "likes", "tier")):
        assert_inside(width, height, svg)
        bars = re.findall(f'class="bars active" d="M(\\d+) \\d+H{NUMBER}v', svg)
        longest = max((float(right) - int(left) for left, right in bars), default=0)
        for (left, right), (_, count) in zip(bars, rows, strict=True):
            assert float(right) - int(left) == pytest.approx(
                longest * (count or 0) / most, abs=0.1
            )
        assert svg.count(">not provided<") >= sum(count is None for _, count in rows)
        assert "<b>" not in svg


def test_a_cell_is_as_dark_as_its_number() -> None:
    rows = [
        {"hour": hour, "day": day, "n": None if hour == 7 else hour * 10, "done": hour < 6}
        for day in ("Monday", "Tuesday")
        for hour in range(8)
    ]
    drawing = charts.heat(rows, "hour", "day", "n", "hour", write=str, is_complete="done")
    for width, height, svg in pictures(drawing):
        assert_inside(width, height, svg)
        levels = [
            path(group, "cells").count("M") for group in re.split('<g class="level-', svg)[1:]
        ]
        assert levels == [2, 2, 2, 2, 2, 4]  # 0; up to 12, 24, 36, 48 and 60
        assert path(svg, "frames").count("M") == 4
        assert sorted(re.findall(r'class="middle">(\d0)<', svg)) == [
            str(hour * 10) for hour in range(1, 7) for _ in "ab"
        ]


def test_a_chart_costs_few_calls_per_day() -> None:
    """Pages of one item draw other rows each time, so nothing kept would help."""
    rows = days_of({day: day * 7 % 50 for day in range(300)})
    calls = 0

    def count(_: Any, event: str, __: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        charts.chart("Days", "", charts.days(rows, "n", "likes"))
    finally:
        sys.setprofile(before)
    assert calls < MOST_CALLS * len(rows)

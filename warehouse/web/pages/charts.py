"""Charts of pages, as SVG inside the page.

Source: rows of a table that the page shows, too.
Shape:  an SVG each for wide screens, tablets and phones; the stylesheet shows one of them, and
        gives colours and letters by class.
Units:  those of the rows; pixels, before the stylesheet fits a chart to the page.
Errors: none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup, escape

from warehouse.web.pages import scales, values

WIDE, MEDIUM, NARROW = 1000, 720, 340
HEIGHT = 180  # of what is drawn over days
ABOVE, BELOW, LINE = 22, 20, 12  # for the unit, for the days, to where a text stands
BASE = ABOVE + HEIGHT
ROW, CELL, BASELINE = 26, 24, 17
BESIDE = 6  # between a text and what it is about
WIDEST_BAR = 30
MOST_DOTS = 120  # of a line: more would hide it
LEVELS = 5  # of a heat map, over nothing at all

Rows = Sequence[dict[str, Any]]
Drawing = Callable[[int], tuple[int, Markup]]  # of a width, its height and what is in it


@dataclass(frozen=True)
class Chart:
    """A chart: what it is about, the sentence for who cannot see it, the table beside it."""

    title: str
    about: str
    svgs: tuple[Markup, ...]
    table: str | None = None


def chart(title: str, about: str, drawing: Drawing, table: str | None = None) -> Chart:
    """Return a chart in all widths."""
    svgs = []
    for name, width in (("wide", WIDE), ("medium", MEDIUM), ("narrow", NARROW)):
        height, inside = drawing(width)
        svgs.append(
            Markup(
                '<svg class="{}" role="img" aria-label="{}" viewBox="0 0 {} {}" width="{}">{}'
                "</svg>"
            ).format(name, f"{title}. {about}", width, height, width, inside)
        )
    return Chart(title, about, tuple(svgs), table)


class _Plot:
    """Values over days: places of both, and the axes around them."""

    def __init__(
        self, width: int, unit: str, known: Sequence[date], shown: Iterable[float | None]
    ) -> None:
        most = max((value for value in shown if value is not None), default=0)
        self._ticks = {tick: scales.tick_label(tick) for tick in scales.ticks(most)}
        self._top = max(self._ticks)
        self._left = max(map(scales.width_of, self._ticks.values())) + BESIDE
        self._first = min(known, default=date.min)
        self._last = max(known, default=date.min)
        self._width, self._unit = width, unit
        self.slot = (width - self._left) / ((self._last - self._first).days + 1)

    def x(self, day: date) -> float:
        """Return the middle of a day."""
        return self._left + ((day - self._first).days + 0.5) * self.slot

    def y(self, value: float) -> float:
        """Return the height of a value."""
        return ABOVE + HEIGHT * (1 - value / self._top)

    def around(self, *drawn: Markup) -> tuple[int, Markup]:
        """Return what is drawn with its axes, and their height."""
        grid = (f"M{self._left:.5g} {self.y(tick):.5g}H{self._width}" for tick in self._ticks)
        parts = [_path("grid", grid), *drawn, _text(0, LINE, self._unit)]
        for tick, label in self._ticks.items():
            parts.append(_text(self._left - BESIDE, self.y(tick) + 4, label, "end"))
        axis = [f"M{self._left:.5g} {BASE}H{self._width}"]
        most = 4 if self._width == NARROW else 10
        for day, label in scales.day_marks(self._first, self._last, most):
            place, half = self.x(day), scales.width_of(label) / 2
            axis.append(f"M{place:.5g} {BASE}v4")
            place = min(max(place, half), self._width - half)
            parts.append(_text(place, BASE + BELOW - 4, label, "middle"))
        return BASE + BELOW, Markup("").join([*parts, _path("axis", axis)])


def days(rows: Rows, value: str, unit: str, since: date = date.min) -> Drawing:
    """Return bars, one a day; not complete ones are hatched, those before `since` are paler."""
    shown = [
        (date.fromisoformat(row["activity_date"]), row[value], row.get("is_complete", True))
        for row in rows
    ]

    def draw(width: int) -> tuple[int, Markup]:
        counts = [count for _, count, _ in shown]
        plot = _Plot(width, unit, [day for day, _, _ in shown], counts)
        wide = min(plot.slot - 1 if plot.slot > 2 else plot.slot, WIDEST_BAR)
        drawn: dict[str, list[str]] = {"bars": [], "bars before": [], "hatched": []}
        for day, count, is_complete in shown:
            if count:
                kind = (
                    "hatched" if not is_complete else "bars" if day >= since else "bars before"
                )
                left, top = plot.x(day) - wide / 2, plot.y(count)
                drawn[kind].append(f"M{left:.5g} {BASE}V{top:.5g}h{wide:.5g}V{BASE}")
        return plot.around(*(_path(kind, steps) for kind, steps in drawn.items()))

    return draw


def line(rows: Rows, value: str, unit: str) -> Drawing:
    """Return a line over days that stays where it is until it changes; null is a gap."""
    shown = sorted((date.fromisoformat(row["activity_date"]), row[value]) for row in rows)

    def draw(width: int) -> tuple[int, Markup]:
        plot = _Plot(width, unit, [day for day, _ in shown], [number for _, number in shown])
        steps: list[str] = []
        dots: list[str] = []
        is_open = False
        for day, number in shown:
            if number is not None:
                x, y = f"{plot.x(day):.5g}", f"{plot.y(number):.5g}"
                steps.append(f"H{x}V{y}" if is_open else f"M{x} {y}")
                dots.append(f"M{x} {y}h0")
            is_open = number is not None
        return plot.around(
            _path("line", steps), _path("dots", dots if len(dots) <= MOST_DOTS else ())
        )

    return draw


def bars(rows: Rows, name: str, value: str, unit: str, tone: str | None = None) -> Drawing:
    """Return bars with their values beside them, in the order of the rows.

    The column `tone` has a class of the stylesheet, which gives the colour.
    """
    most = max((row[value] or 0 for row in rows), default=0) or 1
    said = ["not provided" if row[value] is None else values.number(row[value]) for row in rows]

    def draw(width: int) -> tuple[int, Markup]:
        left = 120 if width == NARROW else 230
        room = width - left - 2 * BESIDE - max(map(scales.width_of, said), default=0)
        parts = [_text(left, LINE, unit)]
        for place, (row, text) in enumerate(zip(rows, said, strict=True)):
            top = ABOVE + place * ROW
            right = left + (row[value] or 0) / most * room
            label = values.NONE if row[name] is None else str(row[name])
            label = scales.fitted(label, left - 2 * BESIDE)
            parts += [
                _text(left - BESIDE, top + BASELINE, label, "end told"),
                _path(
                    "bars" if tone is None else f"bars {row[tone]}",
                    [f"M{left} {top + 4}H{right:.5g}v{ROW - 8}H{left}"],
                ),
                _text(right + BESIDE, top + BASELINE, text),
            ]
        return ABOVE + ROW * max(len(rows), 1), Markup("").join(parts)

    return draw


def heat(
    rows: Rows,
    across: str,
    down: str,
    value: str,
    title: str,
    *,
    write: Callable[[Any], str] | None = None,
    is_complete: str | None = None,
) -> Drawing:
    """Return cells in five steps of one hue, with their values where `write` says how.

    The rows give the order downwards. Where `is_complete` is false the cell has a frame.
    """
    most = max((row[value] for row in rows if row[value] is not None), default=0) or 1
    columns = {each: place for place, each in enumerate(sorted({row[across] for row in rows}))}
    lines = {each: place for place, each in enumerate(dict.fromkeys(row[down] for row in rows))}

    def draw(width: int) -> tuple[int, Markup]:
        left = max((scales.width_of(str(each)) for each in lines), default=0) + BESIDE
        wide = (width - left) / max(len(columns), 1)
        top = ABOVE + BELOW
        widest = max((scales.width_of(str(each)) for each in columns), default=0) + BESIDE
        parts = [_text(left, LINE, title)]
        for each, place in columns.items():
            if place % math.ceil(widest / wide) == 0:
                parts.append(_text(left + (place + 0.5) * wide, top - BESIDE, each, "middle"))
        for each, place in lines.items():
            parts.append(_text(left - BESIDE, top + place * CELL + BASELINE, each, "end"))
        cells: list[list[str]] = [[] for _ in range(LEVELS + 1)]
        texts: list[list[Markup]] = [[] for _ in range(LEVELS + 1)]
        framed: list[str] = []
        for row in rows:
            x, y = left + columns[row[across]] * wide, top + lines[row[down]] * CELL
            cell = f"M{x:.5g} {y}h{wide:.5g}v{CELL}h{-wide:.5g}z"
            if is_complete is not None and not row[is_complete]:
                framed.append(cell)
            if row[value] is not None:
                level = math.ceil(row[value] / most * LEVELS)
                cells[level].append(cell)
                if write is not None:
                    said = write(row[value])
                    texts[level].append(_text(x + wide / 2, y + BASELINE, said, "middle"))
        for level, drawn in enumerate(cells):
            inside = Markup("").join([_path("cells", drawn), *texts[level]])
            parts.append(Markup('<g class="level-{}">{}</g>').format(level, inside))
        return top + CELL * max(len(lines), 1), Markup("").join(
            [*parts, _path("frames", framed)]
        )

    return draw


def _path(kind: str, steps: Iterable[str]) -> Markup:
    drawn = "".join(steps)
    return Markup('<path class="{}" d="{}"/>').format(kind, drawn) if drawn else Markup("")


def _text(x: float, y: float, text: Any, kind: str = "") -> Markup:
    # quicker than `Markup.format`: a heat map has hundreds
    return Markup(f'<text x="{x:.5g}" y="{y:.5g}" class="{kind}">{escape(text)}</text>')


def sparkline(values: Sequence[float | None]) -> Markup | None:
    """Return a line without axes for beside a figure; null where there is no line to draw."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    most = max(known) or 1
    step = 96 / (len(values) - 1)
    points = " ".join(
        f"{place * step + 2:.1f},{26 - value / most * 24:.1f}"
        for place, value in enumerate(values)
        if value is not None
    )
    return Markup(
        '<svg class="spark" viewBox="0 0 100 28" width="100" height="28" aria-hidden="true">'
        '<polyline points="{}"/></svg>'
    ).format(escape(points))

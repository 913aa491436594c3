"""Charts of pages, as SVG inside the page.

Source: rows of a table that the page shows, too.
Shape:  one SVG for wide screens and one for phones; the stylesheet hides one and fits the other
        to the page. Colours are of `INK` and the palettes; in the dark the stylesheet replaces
        them one by one.
Units:  those of the rows; pixels.
Errors: none.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import altair as alt
import vl_convert
from altair.utils import schemapi
from markupsafe import Markup, escape

WIDE, NARROW = 920, 290  # of what is drawn; labels stand beside it
MOST_KEPT = 300
MOST_MARKS = 120  # of a chart of days
ACCENT, HATCHED = "#0072b2", "#0072b3"
INK, SOFT, GRID = "#1f2328", "#57606a", "#e3e6ea"
SERIES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00")  # Okabe-Ito
STEPS = ("#eef4f9", "#c6dff0", "#8dbfe0", "#4a97c9", "#0f6ba8", "#08406b")  # of one hue
ON_STEPS = ("#1f2328", "#1f2329", "#1f232a", "#fffffd", "#fffffe", "#ffffff")  # text on each
TIERS = {"super_fan": STEPS[5], "active": STEPS[4], "lurker": STEPS[2], "inactive": STEPS[1]}
CONFIG: dict[str, Any] = {
    "background": "transparent",
    "font": "system-ui, sans-serif",
    "aria": False,
    "view": {"stroke": None},
    "axis": {
        "labelColor": SOFT,
        "titleColor": SOFT,
        "gridColor": GRID,
        "domainColor": SOFT,
        "tickColor": SOFT,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelLimit": 150,
    },
    "text": {"color": INK, "fontSize": 12},
}

Rows = Sequence[dict[str, Any]]

_ROOT = re.compile(r"<svg [^>]*?width=\"[\d.]+\" height=\"[\d.]+\" viewBox=\"([^\"]+)\"[^>]*>")
_ROLES = re.compile(r' (?:role|aria-roledescription|aria-hidden)="[^"]*"')
_kept: OrderedDict[str, str] = OrderedDict()
_lock = threading.Lock()

schemapi.disable_debug_mode()  # to check each part of a chart takes longer than to draw it


@dataclass(frozen=True)
class Drawing:
    """What draws a chart in a width; `key` tells it from all others.

    What is kept is found without describing the chart to Altair.
    """

    key: str
    draw: Callable[[int], Any]


@dataclass(frozen=True)
class Chart:
    """A chart: what it is about, the sentence for who cannot see it, the table beside it."""

    title: str
    about: str
    svgs: tuple[Markup, ...]
    table: str | None = None


def chart(title: str, about: str, drawing: Drawing, table: str | None = None) -> Chart:
    """Return a chart in both widths."""
    svgs = tuple(
        _svg(drawing, width, f"{title}. {about}", name)
        for width, name in ((WIDE, "wide"), (NARROW, "narrow"))
    )
    return Chart(title, about, svgs, table)


def prepare() -> None:
    """Start what draws, which takes half a second, so that no reader waits for it."""
    chart("", "", bars([{"name": "", "n": 1}], "name", "n", ""))


def _drawing(draw: Callable[[int], Any], *told: Any) -> Drawing:
    """Return what draws a chart, under a key of everything that it is drawn from."""
    text = json.dumps(told, sort_keys=True, default=str)
    return Drawing(hashlib.sha256(text.encode()).hexdigest(), draw)


def _svg(drawing: Drawing, width: int, label: str, name: str) -> Markup:
    """Return a drawing as SVG; the same drawing is made once."""
    key = f"{drawing.key} {width}"
    with _lock:
        made = _kept.pop(key, None)
        if made is None:
            spec = {**drawing.draw(width).to_dict(validate=False), "config": CONFIG}
            made = vl_convert.vegalite_to_svg(json.dumps(spec, default=str))
            made = made.replace(f'fill="{HATCHED}"', 'fill="url(#hatched)"')
            made = _ROLES.sub("", made)  # one label says what the whole picture is
        _kept[key] = made
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    box = _ROOT.search(made)
    assert box is not None
    shown_width = box[1].split()[2]
    root = Markup('<svg class="{}" role="img" aria-label="{}" viewBox="{}" width="{}">').format(
        name, label, box[1], shown_width
    )
    # what is inside was made by vl-convert from JSON, and it escapes texts
    return root + Markup(_ROOT.sub("", made, count=1))


def days(rows: Rows, value: str, unit: str) -> Drawing:
    """Return bars, one a day; those that are not complete are hatched."""
    shown = [
        {"day": row["activity_date"], "n": row[value], "done": row.get("is_complete", True)}
        for row in rows
    ]

    known = [date.fromisoformat(row["day"]) for row in shown]
    span = (max(known) - min(known)).days + 1 if known else 1
    whole = _outline(shown) if span > MOST_MARKS else []

    def draw(width: int) -> Any:
        wide = max((width - 60) / max(span, 1) - 1, 1)
        x = alt.X(
            "day:T",
            title=None,
            scale=alt.Scale(type="utc", padding=min(wide, 30) / 2),
            axis=_of_days(width),
        )
        y = _y("n", unit)
        colour = alt.ColorValue(HATCHED, condition={"test": "datum.done", "value": ACCENT})
        single = [row for row in shown if not (whole and row["done"])]
        drawn = alt.Chart(_data(single)).mark_bar(width=min(wide, 30))
        drawn = drawn.encode(x=x, y=y, color=colour)
        if whole:
            area = alt.Chart(_data(whole)).mark_area(interpolate="step", color=ACCENT)
            area = area.encode(x=x, y=y)
            drawn = area + drawn if single else area
        return drawn.properties(width=width, height=180)

    return _drawing(draw, "days", shown, unit)


def _outline(shown: Rows) -> list[dict[str, Any]]:
    """Return all days from the first to the last, to be drawn as one shape.

    To draw hundreds of bars takes longer than to read what they show.
    """
    of_day = {date.fromisoformat(row["day"]): row for row in shown}
    first, last = min(of_day), max(of_day)
    every = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [
        {
            "day": day.isoformat(),
            "n": row["n"] if (row := of_day.get(day)) and row["done"] else 0,
        }
        for day in every
    ]


def line(rows: Rows, value: str, unit: str) -> Drawing:
    """Return a line over days that stays where it is until it changes; null is a gap."""
    shown = [{"day": row["activity_date"], "n": row[value]} for row in rows]

    def draw(width: int) -> Any:
        x = alt.X("day:T", title=None, scale=alt.Scale(type="utc"), axis=_of_days(width))
        base = alt.Chart(_data(shown)).encode(x=x, y=_y("n", unit))
        drawn = base.mark_line(interpolate="step-after", color=ACCENT, strokeWidth=2)
        if len(shown) <= MOST_MARKS:  # more would hide the line
            drawn += base.mark_point(color=ACCENT, filled=True, size=22, opacity=1)
        return drawn.properties(width=width, height=180)

    return _drawing(draw, "line", shown, unit)


def bars(
    rows: Rows, name: str, value: str, unit: str, colours: dict[str, str] | None = None
) -> Drawing:
    """Return bars with their values beside them, in the order of the rows."""
    shown: list[dict[str, Any]] = [
        {
            "place": place,
            "name": _short(row[name]),
            "n": row[value] if row[value] is not None else 0,
            "said": "not provided" if row[value] is None else f"{row[value]:,.6g}",
            "colour": (colours or {}).get(row[name], ACCENT),
        }
        for place, row in enumerate(rows)
    ]

    def draw(width: int) -> Any:
        most = max((row["n"] for row in shown), default=0) or 1
        base = alt.Chart(_data(shown)).encode(
            y=alt.Y(
                "place:O",
                title=None,
                axis=alt.Axis(labels=False, ticks=False, domain=False, offset=0),
            ),
        )
        label = 110 if width == NARROW else 220
        scale = alt.Scale(domain=[0, most * (1.35 if width == NARROW else 1.15)], nice=False)
        axis = alt.Axis(
            grid=False, labels=False, ticks=False, domain=False, titleAnchor="start"
        )
        x = alt.X("n:Q", title=unit, scale=scale, axis=axis)
        # a browser's font can be a fifth wider than the one that the limit is measured with
        limit = label * 3 // 4
        names = base.mark_text(align="right", dx=-6, color=INK, limit=limit).encode(
            x=alt.XValue(0),  # type: ignore[no-untyped-call]
            text=alt.Text("name:N"),
        )
        drawn = base.mark_bar(height={"band": 0.7}).encode(
            x=x, color=alt.Color("colour:N", scale=None)
        )
        said = base.mark_text(align="left", dx=5, color=SOFT).encode(
            x=x, text=alt.Text("said:N")
        )
        return (drawn + names + said).properties(
            width=width, height=max(26 * len(shown), 26) + 30
        )

    return _drawing(draw, "bars", shown, unit)


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
    order = list(dict.fromkeys(str(row[down]) for row in rows))
    shown = []
    for row in rows:
        level = 0 if not row[value] else 1 + min(int(row[value] / most * 4.999), 4)
        shown.append(
            {
                "x": row[across],
                "y": str(row[down]),
                "colour": "none" if row[value] is None else STEPS[level],
                "ink": ON_STEPS[level],
                "said": "" if write is None or row[value] is None else write(row[value]),
                "frame": 0 if is_complete is None or row[is_complete] else 1,
            }
        )

    def draw(width: int) -> Any:
        labels = alt.Axis(
            labelAngle=0,
            ticks=False,
            domain=False,
            labelOverlap=True,
            orient="top",
            titleAnchor="start",
        )
        base = alt.Chart(_data(shown)).encode(
            x=alt.X("x:O", title=title, axis=labels),
            y=alt.Y(
                "y:N",
                title=None,
                sort=order,
                axis=alt.Axis(ticks=False, domain=False),
            ),
        )
        cells = base.mark_rect(stroke=SOFT, strokeDash=[2, 2]).encode(
            color=alt.Color("colour:N", scale=None),
            strokeWidth=alt.StrokeWidth("frame:Q", scale=None),
        )
        said = base.mark_text(fontSize=8 if width == NARROW else 11).encode(
            text=alt.Text("said:N"), color=alt.Color("ink:N", scale=None)
        )
        return (cells + said).properties(width=width, height=24 * max(len(order), 1) + 50)

    return _drawing(draw, "heat", shown, order, title)


def _data(rows: list[dict[str, Any]]) -> Any:
    """Return rows as a text: Altair would look at each value, and copy it."""
    text = json.dumps(rows, default=str)
    return alt.Data(values=text, format=alt.DataFormat(type="json"))  # type: ignore[no-untyped-call]


def _of_days(width: int) -> alt.Axis:
    return alt.Axis(
        format="%-d %b", grid=False, tickCount=4 if width == NARROW else 10, labelFlush=True
    )


def _y(name: str, unit: str) -> alt.Y:
    return alt.Y(
        f"{name}:Q",
        title=unit,
        axis=alt.Axis(tickCount=4, domain=False, ticks=False, format="~s", titleAnchor="end"),
        scale=alt.Scale(zero=True),
    )


def _short(text: Any) -> str:
    said = "–" if text is None else str(text)
    return said if len(said) <= 60 else f"{said[:59]}…"


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

"""Scales of charts: where ticks are, and what stands beside them.

Source: the largest value, the first and the last day, texts.
Shape:  ticks from 0 on; days with their labels.
Units:  those of the values; letters in pixels, as wide as common fonts have them.
Errors: none.
"""

from __future__ import annotations

import math
import unicodedata
from datetime import date

from warehouse.web.pages import values

LETTER, WIDE_LETTER = 7.0, 13.0  # pixels, of text 12 pixels high
TICKS = 4
DAYS = (1, 2, 7, 14)  # between two labels
MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)
YEAR = 366
SIZES = ((1e9, "B"), (1e6, "M"), (1e3, "k"))


def ticks(most: float) -> list[float]:
    """Return round numbers from 0 to the first one that nothing exceeds."""
    rough = max(most / TICKS, 1)
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * each for each in (1, 2, 5, 10) if size * each >= rough)
    return [step * place for place in range(max(math.ceil(most / step), 1) + 1)]


def tick_label(value: float) -> str:
    """Write the number of a tick in few letters."""
    for size, letter in SIZES:
        if value >= size:
            return values.number(value / size, 1) + letter
    return values.number(value)


def day_marks(first: date, last: date, most: int) -> list[tuple[date, str]]:
    """Return about so many days, evenly chosen, with their labels; weeks begin on Monday."""
    begin, end = first.toordinal(), last.toordinal()
    span = end - begin + 1
    for step in DAYS:
        if span <= step * most:
            monday = begin + (1 - begin) % step
            chosen = [date.fromordinal(each) for each in range(monday, end + 1, step)]
            return [(day, f"{day.day} {values.MONTHS[day.month - 1]}") for day in chosen]
    begin, end = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    step = next((each for each in MONTHS if end - begin < each * most), MONTHS[-1])
    firsts = [
        date(number // 12, number % 12 + 1, 1)
        for number in range(begin + -begin % step, end + 1, step)
    ]
    written = "{1} {0.year}" if span > YEAR else "1 {1}"
    return [
        (day, written.format(day, values.MONTHS[day.month - 1]))
        for day in firsts
        if day >= first
    ]


def width_of(text: str) -> float:
    """Return how much room a text needs."""
    return sum(map(_letter, text))


def fitted(text: str, room: float) -> str:
    """Return a text that fits into the room, cut where it is longer."""
    if width_of(text) <= room:
        return text
    room -= LETTER  # of the dots
    for place, letter in enumerate(text):
        room -= _letter(letter)
        if room < 0:
            return text[:place].rstrip() + "…"
    return text


def _letter(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0
    return WIDE_LETTER if unicodedata.east_asian_width(letter) in "WF" else LETTER

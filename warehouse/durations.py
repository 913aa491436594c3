"""Spans of time as people write them: a number and a unit, like 500ms, 5s, 2m, 1h or 7d.

Units:  seconds.
Errors: none; None for what is no span.
"""

from __future__ import annotations

import re

UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_SPAN = re.compile(r"(\d{1,9}(?:\.\d+)?)(ms|s|m|h|d)")


def seconds_of(text: str) -> float | None:
    """Return the seconds of a span."""
    said = _SPAN.fullmatch(text)
    return float(said[1]) * UNITS[said[2]] if said else None

"""What may be kept of the metadata of a product's interactions, in whatever format they come.

Source: seeds/product_metadata_keys.csv, the allow-list: what it does not name is dropped.
Shape:  metadata as delivered in, what is kept of it out; keys in their order by bytes, after
        duration and scroll depth.
Units:  duration in whole milliseconds, rounded half up; scroll depth 0 to 100.
Errors: a duration or scroll depth that is none is set aside; OSError and KeyError where the
        seed cannot be read.
"""

from __future__ import annotations

import csv
import ipaddress
import math
import re
from functools import cache
from pathlib import Path
from typing import Any

from loaders.parsing.fields import secondary
from loaders.records import Reason, RecordError

SEED = Path(__file__).parents[2] / "seeds" / "product_metadata_keys.csv"
PRODUCT = "product"  # whatever it is delivered in, its privacy is the same
LONGEST_WORD = 200
MAX_DURATION = 2**31 - 1  # milliseconds, 24 days
LARGEST_NUMBER = 2**63
MAX_DEPTH = 100

_E_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_ADDRESS = re.compile(r"[0-9A-Fa-f:.]{3,45}")
_DECIMAL = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12})?")


@cache
def keys() -> frozenset[str]:
    """The keys that the seed names, besides duration and scroll_depth."""
    with SEED.open(encoding="utf-8-sig", newline="") as stream:
        return frozenset(row["metadata_key"] for row in csv.DictReader(stream))


def allowed(metadata: dict[str, Any]) -> dict[str, Any]:
    """What may be kept: measures, and of the named keys numbers and short texts that are
    nobody's address."""
    kept: dict[str, Any] = {}
    duration = secondary(_measure, metadata.get("duration"), "metadata.duration", MAX_DURATION)
    if duration is not None:
        kept["duration"] = math.floor(duration + 0.5)
    depth = secondary(
        _measure, metadata.get("scroll_depth"), "metadata.scroll_depth", MAX_DEPTH
    )
    if depth is not None:
        kept["scroll_depth"] = int(depth) if depth.is_integer() else depth
    for key in sorted(keys() & metadata.keys() - kept.keys()):
        value = metadata[key]
        is_number = isinstance(value, bool | int) and abs(value) < LARGEST_NUMBER
        if is_number or (isinstance(value, str) and _is_word(value)):
            kept[key] = value
    return kept


def _measure(value: Any, key: str, most: int) -> float | None:
    """A number from 0 to the most there can be, also as text."""
    if value is None or value == "":
        return None
    if isinstance(value, str) and _DECIMAL.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RecordError(Reason.INVALID_COUNT, f"{key} is not a number")
    if not 0 <= value <= most:
        raise RecordError(Reason.INVALID_COUNT, f"{key} is not between 0 and {most}")
    return float(value)


def _is_word(value: str) -> bool:
    """Whether a text is short and names nobody's address."""
    if not value or len(value) > LONGEST_WORD or _E_MAIL.search(value):
        return False
    if _ADDRESS.fullmatch(value.strip()) is None:
        return True
    try:
        ipaddress.ip_address(value.strip())
    except ValueError:
        return True
    return False

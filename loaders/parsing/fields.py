"""Checks of single fields that every platform module needs.

Shape:  a decoded value and its key in, the value to store out.
Errors: RecordError naming the key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, TypeVar

from loaders.parsing.notes import note
from loaders.records import MAX_ID_BYTES, Reason, Record, RecordError

MAX_COUNT = 2**63 - 1
_SURELY_SHORT = MAX_ID_BYTES // 4  # characters, of at most 4 bytes in UTF-8
_MANGLED = re.compile(  # 6.5E+17, 1,234, 650.0, 01-Jan-01, #NUM!
    r"[0-9](?:[.,][0-9]+)?[Ee]\+[0-9]+|[0-9]{1,3}(?:[,'’\u00a0\u202f][0-9]{3})+|[0-9]{5,}[.,]0+"
    r"|[0-9]{1,2}-[A-Z][a-z]{2}(?:-[0-9]{2,4})?|#(?:NUM|REF|VALUE|NAME|DIV/0|N/A)[!?]?"
)
_INVISIBLE = "".join(
    [
        *map(chr, [0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x2800, 0x3164]),
        *map(chr, [*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070)]),
        *map(chr, [0xFEFF, 0xFFA0, 0xFFFC, *range(0xFE00, 0xFE10)]),
    ]
)
BLANK = _INVISIBLE + "".join(chr(point) for point in range(0x3001) if chr(point).isspace())
_LOOKED_AT = frozenset("#0123456789" + BLANK)  # what a bad id may begin with
_PLATFORM = re.compile(r"[a-z0-9_]{1,40}")

NativeId = str | int | None
Checked = TypeVar("Checked")
Parsed = TypeVar("Parsed", bound=Record)


def secondary(
    check: Callable[..., Checked | None], value: Any, key: str, *more: Any
) -> Checked | None:
    """Check a field that does not identify its record; set a bad value aside.

    `check` is any of the checks that raise RecordError, called with the value, the key and
    what else it needs: `secondary(instant, row.edited, "edited", zone)`.
    """
    try:
        return check(value, key, *more)
    except RecordError as error:
        note("set_aside", key, error.detail.removeprefix(f"{key} "))
        return None


def dependent(records: Iterable[Parsed], key: str) -> tuple[Parsed, ...]:
    """Return what a part of a record came to; nothing, with a note, where the part is bad."""
    try:
        return tuple(records)
    except RecordError as error:
        note("set_aside", key, error.detail.removeprefix(f"{key} "))
        return ()


def identifier(value: NativeId, key: str) -> str:
    """Return an id that must be there, as text."""
    if (
        type(value) is str
        and 0 < len(value) <= _SURELY_SHORT
        and (value[0] not in _LOOKED_AT or value.isalnum() or "_" in value)
    ):
        return value
    if value is None:
        raise RecordError(Reason.MISSING_FIELD, f"{key} is missing")
    text = value if isinstance(value, str) else str(value)
    if not text or text.isspace():
        raise RecordError(Reason.INVALID_ID, f"{key} is empty")
    if len(text) > _SURELY_SHORT and len(text.encode()) > MAX_ID_BYTES:
        raise RecordError(Reason.INVALID_ID, f"{key} is longer than {MAX_ID_BYTES} bytes")
    if _MANGLED.fullmatch(text):
        raise RecordError(
            Reason.INVALID_ID, f"{key} is what a spreadsheet makes of an id: export it as text"
        )
    return text


def number_id(value: NativeId, key: str) -> str:
    """Return an id that must be there, of a platform whose ids are whole numbers."""
    text = identifier(value, key)
    if not text.isdecimal():
        raise RecordError(Reason.INVALID_ID, f"{key} is not made of digits")
    return text


def optional_identifier(value: NativeId, key: str) -> str | None:
    """Return an id as text; what platforms write for none (null, empty text) is None."""
    return None if value is None or value == "" else identifier(value, key)


def visible(value: str | None) -> str | None:
    """Return a name that people can see; one of blanks and invisible characters is None."""
    if value is None or value[:1].isalnum():
        return value
    return value if value.strip(BLANK) else None


def optional_number_id(value: NativeId, key: str) -> str | None:
    """Return such an id; what platforms write for none (null, empty text) is None."""
    return None if value is None or value == "" else number_id(value, key)


def composite(*parts: str) -> str:
    """Join the parts of an id that the platform does not give as one."""
    return identifier(":".join(parts), "the id made of its parts")


def required_text(value: str | None, key: str) -> str:
    """Return a word that must be there."""
    if not value:
        raise RecordError(Reason.MISSING_FIELD, f"{key} is missing or empty")
    return value


def count(value: Any, key: str) -> int | None:
    """Return a whole number that counts something; 3.0 is one, 3.5, "3" and true are none."""
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise RecordError(Reason.INVALID_COUNT, f"{key} is not a whole number")
    if not 0 <= value <= MAX_COUNT:
        raise RecordError(Reason.INVALID_COUNT, f"{key} is negative or beyond 64 bits")
    return value


@lru_cache(maxsize=256)
def platform_name(value: str) -> str:
    """Return a platform's name in small letters."""
    name = value.lower()
    if _PLATFORM.fullmatch(name) is None:
        raise RecordError(
            Reason.INVALID_FIELD, "platform is not a word of at most 40 letters a-z, digits, _"
        )
    return name

"""Checks of single fields that every platform module needs.

Shape:  a decoded value and its key in, the value to store out.
Errors: RecordError naming the key.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from loaders.records import MAX_ID_BYTES, Reason, RecordError

MAX_COUNT = 2**63 - 1
_SURELY_SHORT = MAX_ID_BYTES // 4  # characters, of at most 4 bytes in UTF-8
_PLATFORM = re.compile(r"[a-z0-9_]{1,40}")

NativeId = str | int | None


def identifier(value: NativeId, key: str) -> str:
    """Return an id that must be there, as text."""
    if type(value) is str and 0 < len(value) <= _SURELY_SHORT and not value.isspace():
        return value
    if value is None:
        raise RecordError(Reason.MISSING_FIELD, f"{key} is missing")
    text = value if isinstance(value, str) else str(value)
    if not text or text.isspace():
        raise RecordError(Reason.INVALID_ID, f"{key} is empty")
    if len(text) > _SURELY_SHORT and len(text.encode()) > MAX_ID_BYTES:
        raise RecordError(Reason.INVALID_ID, f"{key} is longer than {MAX_ID_BYTES} bytes")
    return text


def optional_identifier(value: NativeId, key: str) -> str | None:
    """Return an id as text; what platforms write for none (null, empty text) is None."""
    return None if value is None or value == "" else identifier(value, key)


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

"""Why a record was refused, in words.

Source: what decoding or parsing a record raised, and the bytes of the record.
Shape:  an error in, a reason of the closed list and a sentence for people out.
Units:  a sentence has at most MAX_DETAIL characters, all printable.
Errors: none of its own; other errors than `Failure` are no fault of a record.
"""

from __future__ import annotations

import re

import msgspec

from loaders.records import Reason, RecordError

Failure = (
    RecordError,
    msgspec.DecodeError,
    UnicodeDecodeError,
    RecursionError,
    KeyError,
    ValueError,
)

MAX_DETAIL = 300

_PATH = re.compile(r" - at `\$\.?([^`]*)`$")
_ID_KEY = re.compile(r"(^|_|\.)id$|Id$|_id$")
_TIME_KEY = re.compile(r"(_at|time|At|timestamp|Timestamp|_time)$")
_HALF_AT_END = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}\"?.{0,5}\Z", re.DOTALL)


def explain(error: BaseException, raw: bytes) -> tuple[Reason, str]:
    """Why a record was refused: the reason, and a sentence that quotes no values."""
    text = str(error)
    reason, detail = Reason.INVALID_FIELD, text
    if isinstance(error, RecordError):
        reason, detail = error.reason, error.detail
    elif isinstance(error, msgspec.ValidationError):
        reason, detail = _explain_validation(text)
    elif isinstance(error, KeyError):
        reason, detail = Reason.MISSING_FIELD, f"there is no column {error}"
    elif isinstance(error, UnicodeDecodeError):
        reason, detail = Reason.INVALID_ENCODING, "is not UTF-8"
    elif isinstance(error, RecursionError):
        reason, detail = Reason.INVALID_JSON, "is nested too deeply"
    elif isinstance(error, msgspec.DecodeError):
        reason, detail = Reason.INVALID_JSON, text
        if not text.startswith("JSON"):
            detail = text[:1].lower() + text[1:]
        if "surrogate" in text or ("truncated" in text and _HALF_AT_END.search(raw)):
            reason, detail = Reason.INVALID_TEXT, "contains half of a surrogate pair"
    return reason, _printable(detail)


def _explain_validation(text: str) -> tuple[Reason, str]:
    found = _PATH.search(text)
    path = found[1] if found else ""
    said = text[: found.start()] if found else text
    if said.startswith("Object missing required field"):
        key = said.split("`")[1]
        path = f"{path}.{key}" if path else key
        return Reason.MISSING_FIELD, f"{path} is missing"
    if said.endswith("got `null`"):
        return Reason.MISSING_FIELD, f"{path or 'the record'} is null"
    if "out of range" in said:
        reason = Reason.INVALID_COUNT
        if "[" in path:
            reason = Reason.INVALID_FIELD
        elif _ID_KEY.search(path):
            reason = Reason.INVALID_ID
        elif _TIME_KEY.search(path):
            reason = Reason.TIME_OUT_OF_RANGE
        return reason, f"{path} is a number out of range"
    if said.startswith("Invalid "):
        said = "has a value that is not allowed"
    else:
        said = said[:1].lower() + said[1:]
    return Reason.INVALID_FIELD, f"{path}: {said}" if path else said


def _printable(text: str) -> str:
    text = text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)
    return text if len(text) <= MAX_DETAIL else text[: MAX_DETAIL - 1] + "…"

"""TOML files that people write into the state folder: one table per named thing.

Source: a file such as notifications.toml.
Shape:  `tables` returns what a file declares by name; `converted` checks one table.
Errors: WarehouseError (usage) naming file and key, where the file is missing or says what
        cannot be. No message repeats a value.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from warehouse.errors import USAGE, WarehouseError

T = TypeVar("T", bound=msgspec.Struct)

_OTHERS = 0o077  # rights of anybody but the owner
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
_PLACE = re.compile(r"(?P<what>.*?)(?: - at `\$(?P<where>.*)`)?", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`")
_TYPE = re.compile(r"`([a-z]+)[^`]*`")
_TYPES = {"str": "text", "array": "a list", "object": "a table", "int": "a number"}
_MISSING = re.compile(r"Object missing required field `(.*)`")


def tables(
    path: Path, kind: str, *, guide: str, missing: str, holds_secrets: bool
) -> dict[str, Any]:
    """Return the tables `[kind.NAME]` of a file by name.

    `missing`: the sentence for people where there is no file. A file that holds secrets may
    be read by its owner alone.
    """
    try:
        document = tomllib.loads(_content(path, missing, holds_secrets=holds_secrets))
    except UnicodeDecodeError:
        raise refused(path, "is not UTF-8; save it as text in UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise refused(path, f"is not TOML: {error}; correct that place") from None
    one = kind.removesuffix("s")
    for key in document:
        if key != kind:
            raise refused(path, f"has a key {key}; write each {one} as [{kind}.NAME]")
    found = document.get(kind, {})
    if not isinstance(found, dict) or not found:
        raise refused(path, f"declares no {one}; {guide} shows how to")
    for name in found:
        if not _NAME.fullmatch(name):
            raise refused(
                path,
                f"has a {one} {name!r}; name it with letters, digits, - _ or . (at most 63)",
            )
    return found


def converted(path: Path, key: str, table: Any, wanted: type[T]) -> T:
    """Return a table as the struct that it should be."""
    try:
        return msgspec.convert(table, wanted)
    except msgspec.ValidationError as error:
        told = _PLACE.fullmatch(str(error))
        what, where = (told["what"], told["where"] or "") if told else (str(error), "")
    one = key.partition(".")[0].removesuffix("s")
    if unknown := _UNKNOWN.fullmatch(what):
        known = ", ".join(wanted.__struct_encode_fields__)
        if where:
            raise refused(path, f"has a key {key}{where}.{unknown[1]}, which is not known")
        raise refused(path, f"has a key {key}.{unknown[1]}; a {one} knows {known}")
    if missing := _MISSING.fullmatch(what):
        raise refused(path, f"has no key {key}{where}.{missing[1]}; add it")
    said = _TYPE.sub(lambda match: _TYPES.get(match[1], match[1]), what)
    raise refused(path, f"has a wrong value at {key}{where}: {said}; correct it")


def refused(path: Path, what: str) -> WarehouseError:
    """Return the error for a file that cannot be used."""
    return WarehouseError(f"{path} {what}.", USAGE)


def _content(path: Path, missing: str, *, holds_secrets: bool) -> str:
    try:
        with path.open("rb") as stream:
            if holds_secrets and os.fstat(stream.fileno()).st_mode & _OTHERS:
                raise refused(path, f"can be read by others; run `chmod 600 {path}`")
            return stream.read().decode()
    except FileNotFoundError:
        raise WarehouseError(missing, USAGE) from None
    except OSError as error:
        raise refused(path, f"cannot be read: {error.strerror}; correct that") from None

"""A JSON decoder that a bad secondary field costs this field only.

Source: native records of any platform, decoded into the struct that a module declares.
Shape:  as `msgspec.json.Decoder`. A value of the wrong type is taken out, with a note, and
        the record decoded without it; a bad element of a list costs this element.
Units:  at most MAX_SET_ASIDE values of one record.
Errors: msgspec.ValidationError where the value identifies the record: an id, its time, its
        kind, its author, a field that the struct requires. Other errors pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from typing import Any, Generic, TypeVar, overload

import msgspec
from msgspec import inspect

from loaders.parsing.notes import Known, note, pass_over
from loaders.reading.explanations import explain
from loaders.reading.json_values import items, members

MAX_SET_ASIDE = 20

Decoded = TypeVar("Decoded")
Path = tuple[str | int, ...]

_AT = re.compile(r" - at `\$([^`]*)`$")
_STEP = re.compile(r"\.([^.\[]+)|\[([0-9]+)\]|(\[\.\.\.\])")
_MISSING = re.compile(r"Object missing required field `([^`]+)`")
_SAID = re.compile(r"(?:expected |has |is )[^:]*$")
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")

_IDS = {"id", "ids", "cid", "uid", "mid", "urn", "uuid"}
_TIMES = {"at", "time", "timestamp", "date", "tstamp", "unixtime", "created"}
_KINDS = {
    *("type", "kind", "record", "verb", "item", "action", "event", "field", "platform"),
    *("emoji", "reaction", "metric", "object", "retracted", "deleted", "removed"),
}
_ACTORS = {"from", "user", "author", "actor", "sender", "owner"}
_SECONDARY = {  # whatever else such a key says: not this record, or not this state of it
    *("parent", "reply", "replied", "reference", "mention", "mentioned", "thread", "root"),
    *("guild", "community", "team", "group", "attachment", "forward", "forwarded"),
    *("edit", "edited", "update", "updated", "modified", "observed", "retrieved", "redacted"),
    *("ended", "exported", "scraped", "posted", "version", "verified", "unique", "sec"),
    *("recommendation", "creator"),
}


class Decoder(Generic[Decoded]):
    """Decodes one kind of native record."""

    @overload
    def __init__(self, kind: type[Decoded], known: Iterable[str] | None = None) -> None: ...

    @overload
    def __init__(self, kind: Any, known: Iterable[str] | None = None) -> None: ...

    def __init__(self, kind: Any, known: Iterable[str] | None = None) -> None:
        self._kind = kind
        self._known = None if known is None else Known(known)
        self._whole: msgspec.json.Decoder[Decoded] | None = None
        if known is not None:  # a record without other keys needs no second look
            whole = msgspec.defstruct("Whole", [], bases=(kind,), forbid_unknown_fields=True)
            self._whole = msgspec.json.Decoder(whole)
        strict: msgspec.json.Decoder[Decoded] = msgspec.json.Decoder(kind)
        self.strict = strict.decode  # without repairs: any bad field is an error

    def decode(self, raw: bytes | msgspec.Raw) -> Decoded:
        """Decode a record, without its bad secondary fields.

        Where the decoder knows all keys (`known`), it notes those that nobody reads.
        """
        if self._whole is not None:
            try:
                return self._whole.decode(raw)
            except msgspec.ValidationError:
                self._whole = None  # the next ones will have other keys, too
        try:
            decoded = self.strict(raw)
        except msgspec.ValidationError as error:
            if self._known is not None:
                pass_over(raw, self._known)
            return self._decode_without(bytes(raw), error)
        if self._known is not None:
            pass_over(raw, self._known)
        return decoded

    def _decode_without(self, raw: bytes, error: msgspec.ValidationError) -> Decoded:
        cause = error
        bad: dict[Path, msgspec.ValidationError] = {}
        while len(bad) < MAX_SET_ASIDE:
            place = self._removable(error)
            if place is None:
                raise cause
            try:
                raw = _without(raw, place)
            except (ValueError, LookupError):  # as where a key comes twice
                raise cause from None
            for inner in [path for path in bad if path[: len(place)] == place]:
                cause = bad.pop(inner)
            bad[place] = cause
            try:
                decoded = self.strict(raw)
            except msgspec.ValidationError as next_error:
                error = next_error
                if _path(error)[: len(place) - 1] != place[:-1] or not _MISSING.match(
                    str(error)
                ):
                    cause = error
            else:
                for path, found in bad.items():
                    note("set_aside", _dotted(path), _reason(found))
                return decoded
        raise cause

    def _removable(self, error: msgspec.ValidationError) -> Path | None:
        """The innermost value around an error that does not identify the record."""
        path = _path(error)
        for length in range(len(path), 0, -1):
            step = path[length - 1]
            if isinstance(step, int):
                is_own = length == 1 or self._identifies(path[: length - 1])
            else:
                is_own = self._identifies(path[:length])
            if not is_own:
                return path[:length]
        return None

    def _identifies(self, path: Path) -> bool:
        """Whether the value of a key, or anything in it but its lists, identifies."""
        key = path[-1]
        if isinstance(key, int):
            return False
        return any(_is_identifying(key, kind) for kind in self._types(path))

    @cached_property
    def _type(self) -> inspect.Type:
        return inspect.type_info(self._kind)

    def _types(self, path: Path) -> Iterator[inspect.Type]:
        """What the value at a path is declared as."""
        found: Iterable[inspect.Type] = _alternatives(self._type)
        for step in path:
            found = [
                alternative
                for kind in found
                for inner in _inner(kind, step)
                for alternative in _alternatives(inner)
            ]
        yield from found


def _is_identifying(key: str, kind: inspect.Type, depth: int = 0) -> bool:
    words = _words(key)
    if words & _SECONDARY:
        return False
    if words & _IDS or words & _TIMES or words & _KINDS:
        return True
    if depth == 0 and key.rstrip("_") in _ACTORS:
        return True
    if isinstance(kind, inspect.StructType):
        return any(
            _is_identifying(field.encode_name, inner, depth + 1)
            for field in kind.fields
            for inner in _alternatives(field.type)
        )
    return False


@lru_cache(maxsize=1024)
def _words(key: str) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORD.findall(key))


def _alternatives(kind: inspect.Type) -> tuple[inspect.Type, ...]:
    return kind.types if isinstance(kind, inspect.UnionType) else (kind,)


def _inner(kind: inspect.Type, step: str | int) -> Iterator[inspect.Type]:
    if isinstance(step, int):
        if isinstance(kind, inspect.ListType | inspect.VarTupleType):
            yield kind.item_type
    elif isinstance(kind, inspect.StructType):
        yield from (field.type for field in kind.fields if field.encode_name == step)


def _path(error: msgspec.ValidationError) -> Path:
    """Where an error is; a place within a mapping of any keys is the mapping."""
    found = _AT.search(str(error))
    path: list[str | int] = []
    for key, index, anywhere in _STEP.findall(found[1] if found else ""):
        if anywhere:
            break
        path.append(key or int(index))
    return tuple(path)


def _without(raw: bytes, path: Path) -> bytes:
    """A JSON value without the one at that path; all others keep their bytes."""
    step, rest = path[0], path[1:]
    if isinstance(step, str):
        found = members(raw)
        if rest:
            found[step] = _without(found[step], rest)
        else:
            del found[step]
        pairs = (msgspec.json.encode(key) + b":" + value for key, value in found.items())
        return b"{" + b",".join(pairs) + b"}"
    elements = list(items(raw))
    elements[step : step + 1] = [_without(elements[step], rest)] if rest else []
    return b"[" + b",".join(elements) + b"]"


def _dotted(path: Path) -> str:
    return ".".join(step for step in path if isinstance(step, str))


def _reason(error: msgspec.ValidationError) -> str:
    """What was wrong, without the place."""
    _, detail = explain(error, b"")
    found = _SAID.search(detail)
    return found[0] if found else detail

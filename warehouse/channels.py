"""Channels: where alerts are sent, and which of them.

Source: `notifications.toml` of the state folder, one table per channel:
            [channels.team]
            url = "slack://…"               # an address of Apprise; it holds secrets
            workspaces = ["acme"]           # without it all, as for kinds and severities
            kinds = ["vip_quiet"]
            severities = ["warning"]
            messages = "each"               # without it one digest
Shape:  `Channel` by name.
Errors: WarehouseError (usage) naming file and key, where the file is missing, others may read
        it, or it says what cannot be. No message repeats an address.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any, Literal

import msgspec

from warehouse import seeds, state
from warehouse.errors import USAGE, WarehouseError

FILE = "notifications.toml"
GUIDE = "docs/operators.md#notifications"
SEED = "alert_thresholds"  # declares the kinds and severities of alerts
_OTHERS = 0o077  # rights of anybody but the owner
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
_PLACE = re.compile(r"(?P<what>.*?)(?: - at `\$(?P<where>.*)`)?", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`")
_TYPE = re.compile(r"`([a-z]+)[^`]*`")
_TYPES = {"str": "text", "array": "a list", "object": "a table", "int": "a number"}
_MISSING = re.compile(r"Object missing required field `(.*)`")


class Channel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An address and the alerts that it is sent; shown without the address."""

    url: str
    workspaces: list[str] | None = None
    kinds: list[str] | None = None
    severities: list[str] | None = None
    messages: Literal["digest", "each"] = "digest"

    def __repr__(self) -> str:
        """Show what is no secret."""
        return f"Channel({self.messages!r})"

    def wants(self, workspace: str, kind: str, severity: str) -> bool:
        """Whether an alert is for this channel."""
        return (
            (self.workspaces is None or workspace in self.workspaces)
            and (self.kinds is None or kind in self.kinds)
            and (self.severities is None or severity in self.severities)
        )


def place() -> Path:
    """Return where the channels are declared."""
    return state.home() / FILE


def read() -> dict[str, Channel]:
    """Return the channels by name."""
    path = place()
    try:
        document = tomllib.loads(_content(path))
    except UnicodeDecodeError:
        raise _refused(path, "is not UTF-8; save it as text in UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise _refused(path, f"is not TOML: {error}; correct that place") from None
    for key in document:
        if key != "channels":
            raise _refused(path, f"has a key {key}; write each channel as [channels.NAME]")
    tables = document.get("channels", {})
    if not isinstance(tables, dict) or not tables:
        raise _refused(path, f"declares no channel; {GUIDE} shows how to")
    channels = {name: _channel(path, name, table) for name, table in tables.items()}
    _check_words(path, channels)
    return channels


def _content(path: Path) -> str:
    """Return the text of the file, which nobody but its owner may read or write."""
    try:
        with path.open("rb") as stream:
            if os.fstat(stream.fileno()).st_mode & _OTHERS:
                raise _refused(path, f"can be read by others; run `chmod 600 {path}`")
            return stream.read().decode()
    except FileNotFoundError:
        raise WarehouseError(
            f"There is no {path}, so no alert is sent anywhere; {GUIDE} says how to write it.",
            USAGE,
        ) from None
    except OSError as error:
        raise _refused(path, f"cannot be read: {error.strerror}; correct that") from None


def _channel(path: Path, name: str, table: Any) -> Channel:
    key = f"channels.{name}"
    if not _NAME.fullmatch(name):
        raise _refused(
            path, f"has a channel {name!r}; name it with letters, digits, - _ or . (at most 63)"
        )
    try:
        return msgspec.convert(table, Channel)
    except msgspec.ValidationError as error:
        told = _PLACE.fullmatch(str(error))
        what, where = (told["what"], told["where"] or "") if told else (str(error), "")
    if unknown := _UNKNOWN.fullmatch(what):
        known = ", ".join(Channel.__struct_fields__)
        raise _refused(path, f"has a key {key}.{unknown[1]}; a channel knows {known}")
    if missing := _MISSING.fullmatch(what):
        raise _refused(path, f"has no key {key}.{missing[1]}; add it")
    said = _TYPE.sub(lambda match: _TYPES.get(match[1], match[1]), what)
    raise _refused(path, f"has a wrong value at {key}{where}: {said}; correct it")


def _check_words(path: Path, channels: dict[str, Channel]) -> None:
    """Refuse kinds and severities that no alert can have."""
    told = [
        (f"channels.{name}.{key}", column, value)
        for name, channel in channels.items()
        for key, column, values in (
            ("kinds", "alert_kind", channel.kinds),
            ("severities", "severity", channel.severities),
        )
        for value in values or ()
    ]
    if not told:
        return
    rules = dict(seeds.declarations(state.project_root()))[SEED]["rules"]["columns"]
    for key, column, value in told:
        if value not in rules[column]["one_of"]:
            known = ", ".join(rules[column]["one_of"])
            raise _refused(path, f"has {value!r} at {key}; use one of {known}")


def refused_url(name: str, reason: str) -> WarehouseError:
    """Return the error for an address that cannot be used."""
    return _refused(place(), f"has an address at channels.{name}.url {reason}")


def _refused(path: Path, what: str) -> WarehouseError:
    return WarehouseError(f"{path} {what}.", USAGE)

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

from pathlib import Path
from typing import Literal

import msgspec

from warehouse import seeds, state, toml_files
from warehouse.errors import WarehouseError
from warehouse.toml_files import refused

FILE = "notifications.toml"
GUIDE = "docs/operators.md#notifications"
SEED = "alert_thresholds"  # declares the kinds and severities of alerts


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
    tables = toml_files.tables(
        path,
        "channels",
        guide=GUIDE,
        missing=f"There is no {path}, so no alert is sent anywhere; {GUIDE} says how to "
        "write it.",
        holds_secrets=True,
    )
    channels = {
        name: toml_files.converted(path, f"channels.{name}", table, Channel)
        for name, table in tables.items()
    }
    _check_words(path, channels)
    return channels


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
            raise refused(path, f"has {value!r} at {key}; use one of {known}")


def refused_url(name: str, reason: str) -> WarehouseError:
    """Return the error for an address that cannot be used."""
    return refused(place(), f"has an address at channels.{name}.url {reason}")

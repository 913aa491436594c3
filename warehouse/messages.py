"""Messages about alerts, as text that is harmless wherever it is shown.

Names and reasons were written by strangers. A chat would turn parts of them into mentions of
everybody, links or layout; `harmless` returns text that looks alike and does nothing.

Source: rows of marts.engagement_alerts.
Shape:  `Message` with the alerts that a channel is sent at once; a title of one line and a
        body of one line per alert.
Units:  characters.
Errors: none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from uuid import UUID, uuid4

import msgspec

from warehouse.console import many
from warehouse.display import visible

LONGEST_NAME = 80
LONGEST_EVIDENCE = 300
MOST_LINES = 25  # of a digest
MOST_MESSAGES = 20  # of a channel that is sent alerts one by one; then a digest
REST = "and {count} more; the mart engagement_alerts lists them all."

# What programs obey, and what looks like it: mentions, tags, links, headings, emphasis, code.
_OBEYED = str.maketrans("@<>[]#*~|`\\", "\uff20\u2039\u203a()\uff03\u2217\u223c\u00a6'\uff3c")
_REPLACED = (
    (re.compile(r"(?<![^\W_])_|_(?![^\W_])"), "\uff3f"),  # within a word it is only a letter
    (re.compile(r":(?=//)"), "\uff1a"),
    (re.compile(r"(?<=[^\s.])\.(?=[^\W\d_]{2})"), "\u2024"),  # as in a domain
)


class Alert(msgspec.Struct, frozen=True):
    """A row of the mart, as far as messages tell it."""

    follower_id: UUID
    workspace_id: str
    platform: str
    username: str
    alert_kind: str
    severity: str
    evidence: str

    @property
    def key(self) -> tuple[UUID, str]:
        """What no two alerts of the mart share."""
        return self.follower_id, self.alert_kind


class Message(msgspec.Struct, frozen=True):
    """Alerts that a channel is sent at once; every attempt has the same key."""

    channel: str
    key: UUID
    alerts: Sequence[Alert]


def harmless(text: str, longest: int) -> str:
    """Return a text of strangers in one line, with nothing that a program would obey."""
    shown = " ".join(text.split())
    if len(shown) > longest:
        shown = shown[: longest - 1] + "…"
    for pattern, inert in _REPLACED:
        shown = pattern.sub(inert, shown)
    return visible(shown.translate(_OBEYED))


def messages(channel: str, alerts: Sequence[Alert], *, is_digest: bool) -> list[Message]:
    """Return new messages that carry some alerts, each once."""
    first = 0 if is_digest else MOST_MESSAGES
    groups = [*([alert] for alert in alerts[:first]), list(alerts[first:])]
    return [Message(channel, uuid4(), group) for group in groups if group]


def title(alerts: Sequence[Alert]) -> str:
    """Return what a message is about."""
    workspaces = sorted({alert.workspace_id for alert in alerts})
    place = f"{len(workspaces):,} workspaces"
    if len(workspaces) == 1:
        place = harmless(workspaces[0], LONGEST_NAME)
    if len(alerts) == 1:
        (alert,) = alerts
        return f"{alert.severity.capitalize()} in {place}: {_who(alert)}"
    return f"{many(len(alerts), 'new alert')} in {place}"


def body(alerts: Sequence[Alert], room: int) -> str:
    """Return what a message says, in at most so many characters where that is possible."""
    if len(alerts) == 1:
        return harmless(alerts[0].evidence, LONGEST_EVIDENCE)[:room]
    has_places = len({alert.workspace_id for alert in alerts}) > 1
    lines: list[str] = []
    left = room - len(REST)
    for alert in alerts[:MOST_LINES]:
        line = _line(alert, has_places=has_places)
        left -= len(line) + 1
        if left < 0:
            break
        lines.append(line)
    if rest := len(alerts) - len(lines):
        lines.append(REST.format(count=f"{rest:,}"))
    return "\n".join(lines)


def _line(alert: Alert, *, has_places: bool) -> str:
    place = f" in {harmless(alert.workspace_id, LONGEST_NAME)}" if has_places else ""
    evidence = harmless(alert.evidence, LONGEST_EVIDENCE)
    return f"{alert.severity.capitalize()}{place}: {_who(alert)}: {evidence}"


def _who(alert: Alert) -> str:
    name = harmless(alert.username, LONGEST_NAME)
    return f"{name} on {harmless(alert.platform, LONGEST_NAME)}"

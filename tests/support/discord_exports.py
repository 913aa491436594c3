"""Exports of a Discord channel, made day by day, of which newer ones name other reactions."""

from __future__ import annotations

import json
from pathlib import Path

Reactions = dict[str, list[str]]  # an emoji to who gave it

EXPORTS: list[Reactions | None] = [
    {"👍": ["2", "3"]},
    {"🔥": ["2"], "👍": ["3"]},
    None,  # without the message
    {"🔥": ["2"]},
]


def write(path: Path, day: int, reactions: Reactions | None, unnamed: int = 0) -> str:
    """Write an export of that day; `unnamed`: how many more it counts than it names."""
    message = {
        "id": "1348000000000000420",
        "type": "Default",
        "timestamp": "2026-03-01T10:00:00+00:00",
        "author": {"id": "1", "name": "iris"},
        "content": "x",
        "reactions": [
            {
                "emoji": {"id": "", "name": emoji},
                "count": len(users) + unnamed,
                "users": [{"id": user, "name": f"u{user}"} for user in users],
            }
            for emoji, users in (reactions or {}).items()
        ],
    }
    other = message | {"id": "1348000000000000421", "reactions": []}
    content = {
        "guild": {"id": "9", "name": "G"},
        "channel": {"id": "710000000000000042", "type": "GuildTextChat", "name": "r"},
        "exportedAt": f"2026-04-{day:02}T00:00:00+00:00",
        "messages": [other] if reactions is None else [message, other],
    }
    path.write_text(json.dumps(content))
    return str(path)

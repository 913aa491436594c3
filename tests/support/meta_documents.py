"""JSON documents of Facebook, Instagram, Messenger and Threads, and what they become."""

from __future__ import annotations

import io
import json
from datetime import UTC
from typing import Any

from platform_files import landed

from loaders.parsing.formats import Context
from loaders.reading.documents import Document
from loaders.reading.reader import outcomes
from loaders.records import Outcome, Post
from loaders.registry import recognise

TIME = "2026-03-01T10:00:00+0000"


def told_of(
    content: Any, account: str | None = "me", platform: str | None = None
) -> list[Outcome]:
    """Return what a JSON document comes to."""
    raw = json.dumps(content).encode()
    with Document.spool(io.BytesIO(raw), "test") as document:
        _, fmt = recognise(document, platform)
        return list(outcomes(document, fmt, Context(account=account, timezone=UTC)))


def posts(found: list[Outcome]) -> list[Post]:
    return [record for record in landed(found) if isinstance(record, Post)]

"""Exports of one's own comments, whose account and time zone a person may forget to declare.

Source: comments.csv of Google Takeout, without the channel; some times have no zone.
Shape:  `Export` is one file. `understood` says what a load of it tells under declarations, by
        the specification alone: the exporter is the declared account, or nobody knows who; a
        time without a zone is in the declared one, or its row is rejected.
Units:  instants aware; lines count from 1, below the header.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from loaders.landing import Load, land
from loaders.landing.identity import Source
from loaders.parsing.formats import Context
from loaders.reading.documents import Document
from loaders.registry import recognise

COLUMNS = (
    *("Channel ID", "Comment Create Timestamp", "Price", "Comment ID"),
    *("Parent Comment ID", "Video ID", "Comment Text"),
)
Record = dict[str, Any]


@dataclass(frozen=True)
class Declaration:
    """What a person says about a file; what is forgotten is None."""

    account: str | None = None
    timezone: str | None = None

    def says_as_much_as(self, other: Declaration) -> bool:
        """Return whether it leaves out nothing that the other says."""
        return other.account in (None, self.account) and other.timezone in (None, self.timezone)


@dataclass(frozen=True)
class Comment:
    """One row: when, and whether the file says in which zone that is."""

    native_id: str
    at: datetime
    is_naive: bool
    text: str


@dataclass(frozen=True)
class Export:
    """One file of comments."""

    comments: Sequence[Comment]

    def body(self, zone: str) -> bytes:
        """Return the file; times without a zone are written as clocks in `zone` show them."""
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        for comment in self.comments:
            at = _wall_clock(comment.at, zone) if comment.is_naive else comment.at.isoformat()
            writer.writerow(("", at, "0", comment.native_id, "", "", comment.text))
        return stream.getvalue().encode()

    def understood(
        self, declared: Declaration, zone: str
    ) -> tuple[dict[int, Record], dict[int, Record]]:
        """Return what lands and what is rejected, by line; rejected times are as written."""
        landed: dict[int, Record] = {}
        rejected: dict[int, Record] = {}
        for line_no, comment in enumerate(self.comments, 1):
            record = _said(comment, declared.account)
            if not comment.is_naive:
                landed[line_no] = {**record, "occurred_at": comment.at.isoformat()}
                continue
            local = _wall_clock(comment.at, zone)
            if declared.timezone is None:
                rejected[line_no] = {**record, "occurred_at": local}
            else:
                meant = datetime.fromisoformat(local).replace(
                    tzinfo=ZoneInfo(declared.timezone)
                )
                landed[line_no] = {**record, "occurred_at": meant.isoformat()}
        return landed, rejected


def _wall_clock(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None).isoformat()


def _said(comment: Comment, account: str | None) -> Record:
    return {
        "record": "interaction",
        "platform": "youtube",
        "id": f"comment:{comment.native_id}",
        "type": "comment",
        "actor_id": account,
        "actor_kind": "exporter",
        "post_id": None,
        "thread_id": f"comment:{comment.native_id}",
        "text": comment.text,
    }


def land_export(
    session: psycopg.Connection, workspace: str, body: bytes, declared: Declaration
) -> tuple[Load, set[int]]:
    """Land an export as declared; the load, and the lines that were rejected."""
    zone = None if declared.timezone is None else ZoneInfo(declared.timezone)
    with Document.spool(io.BytesIO(body), "comments.csv") as document:
        module, fmt = recognise(document)
        source = Source(
            workspace=workspace,
            platform=module.PLATFORM,
            account=declared.account,
            timezone=declared.timezone,
        )
        context = Context(account=declared.account, timezone=zone)
        done = land(session, document, fmt, source, context)
    rows = session.execute(
        "select line_no from raw.rejects where load_id = %s", (done.load_id,)
    )
    return done, {line_no for (line_no,) in rows}

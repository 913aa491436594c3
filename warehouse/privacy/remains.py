"""What remains of a row of `raw` when people were erased.

Source: the row's columns that can hold a person; what was erased in a workspace (`Forgotten`).
Shape:  the values of these columns afterwards, or None where the row goes. A row of the account
        itself keeps what totals are made of: its kind, its times, its place. A row that only
        describes the account goes. In rows of others ids and names are replaced.
Units:  values are those of Python: JSON documents, bytes, keys as UUID.
Errors: none. What remains of what remains is the same.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from loaders.privacy.forgetting import ERASED, Forgotten
from loaders.privacy.product_metadata import PRODUCT
from warehouse.privacy.columns import Column

COUNTED = ("interactions", "archived_interactions", "posts")  # whose rows totals are made of
# The id by which a row is of an erased account although it names none, as an edit may.
OWN_BY_RECORD = {"interactions": "native_id", "labels": "native_id", "posts": "post_id"}
# Of which a row that names somebody goes whole: no part of it is of use.
WHOLE = ("rejects", "load_notes", "pull_sources", "pull_cursors")
PRIVATE = ("text", "title", "url")  # what an account wrote
OF_FORMAT = ("loads", "landing_checks")  # whose platform is that of a file, not of accounts
OF_PRODUCT = ("archived_views",)  # without a column that says so
OF_FILES = ("source_name", "account")  # names in which any separator ends a word
ACTOR = "actor_id"  # of an own interaction: nobody, whoever another delivery names
MEASURES = ("duration", "scroll_depth")  # in the metadata of its own interactions

Row = Mapping[str, Any]
Label = tuple[str, str, str]  # platform, id of the labelled, fingerprint of its text


def of_row(
    relation: str, columns: Sequence[Column], row: Row, forgotten: Forgotten
) -> dict[str, Any] | None:
    """Return what remains of a row of a relation of `raw`; None where it goes."""
    platform = "" if relation in OF_FORMAT else row.get("platform") or ""
    platform = PRODUCT if relation in OF_PRODUCT else platform
    is_own = _is_own(relation, columns, platform, row, forgotten)
    if is_own and relation not in COUNTED:
        return None
    after = {
        column.name: _value(column, platform, row[column.name], forgotten, is_own)
        for column in columns
    }
    is_gone = relation in WHOLE and any(after[name] != row[name] for name in after)
    return None if is_gone else after


def relabelled(row: Row, after: Row) -> tuple[Label, str] | None:
    """Return which label of somebody else's text gets which fingerprint; null for none."""
    if after["text"] is None or after["text"] == row["text"]:
        return None
    label = row["platform"], row["native_id"], fingerprint(row["text"])
    return label, fingerprint(after["text"])


def fingerprint(text: str) -> str:
    """Return by what a label knows its text."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _is_own(
    relation: str,
    columns: Sequence[Column],
    platform: str,
    row: Row,
    forgotten: Forgotten,
) -> bool:
    """Return whether a row is about an erased account itself."""
    record_id = row.get(OWN_BY_RECORD.get(relation, ""))
    if record_id is not None and forgotten.has_record(platform, record_id):
        return True
    return any(
        _is_theirs(platform, value, forgotten)
        for column in columns
        if column.holds == "account"
        if (value := row[column.name]) is not None
    )


def _is_theirs(platform: str, value: str | uuid.UUID, forgotten: Forgotten) -> bool:
    """Return whether an id or a key is that of an erased account."""
    if isinstance(value, uuid.UUID):
        return forgotten.has_account_key(value)
    return forgotten.has_account(platform, value)


def _value(
    column: Column, platform: str, value: Any, forgotten: Forgotten, is_own: bool
) -> Any:
    """Return what a column holds without people who were erased."""
    found = value
    if value is None or (is_own and column.name in PRIVATE):
        return None
    match column.holds:
        case _ if column.name in OF_FILES:
            found = forgotten.record(platform, value)
        case "account" if _is_theirs(platform, value, forgotten) or (
            is_own and column.name == ACTOR
        ):
            found = None
        case "record" if isinstance(value, uuid.UUID):
            found = forgotten.record_key(platform, value)
        case "record":
            found = forgotten.record(platform, value)
        case "name" if forgotten.has_account(platform, value):
            found = ERASED
        case "name" | "words":
            found = forgotten.text(platform, value)
        case "document" if is_own:
            found = _measures(value) if column.name == "metadata" else None
        case "document" if isinstance(value, bytes):
            found = ERASED.encode() if forgotten.in_bytes(value) else value
        case "document":
            found = forgotten.document(platform, value)
    return found


def _measures(metadata: Any) -> Any:
    """Return the numbers that totals are made of, of the metadata of an own interaction."""
    if not isinstance(metadata, dict):
        return None
    return {
        name: metadata[name] for name in MEASURES if isinstance(metadata.get(name), int | float)
    }

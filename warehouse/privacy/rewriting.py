"""The rows of `raw` without people who were erased, relation by relation.

Source: the list of columns; what was erased in a workspace (`Forgotten`).
Shape:  one transaction per relation. A row of the account itself keeps what totals are made of:
        its kind, its times, its place; account, text and native record go, and ids become
        others that name nobody. Rows that only describe the account go whole. In rows of
        others ids and names of the account are replaced.
Units:  counts of rows that were changed or removed, by relation.
Errors: those of the database. Begun again, it finds what is left.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from loaders.privacy.forgetting import ERASED, Forgotten
from warehouse.privacy import columns
from warehouse.privacy.columns import Column, Relation

BATCH = 2_000

COUNTED = ("interactions", "archived_interactions", "posts")  # whose rows totals are made of
# The id by which a row is of an erased account although it names none, as an edit may.
OWN_BY_RECORD = {"interactions": "native_id", "labels": "native_id", "posts": "post_id"}
# Of which a row that names somebody goes whole: no part of it is of use.
WHOLE = ("rejects", "load_notes", "pull_sources", "pull_cursors")
PRIVATE = ("text", "title", "url")  # what an account wrote
OF_FORMAT = ("loads", "landing_checks")  # whose platform is that of a file, not of accounts
OF_FILES = ("source_name", "account")  # names in which any separator ends a word
ACTOR = "actor_id"  # of an own interaction: nobody, whoever another delivery names
MEASURES = ("duration", "scroll_depth")  # in the metadata of its own interactions
LEFT_ALONE = ("erased_values", "warehouse_identity")  # hashes with the key

Row = Mapping[str, Any]
Held = tuple[Relation, list[Column]]  # a relation, and its columns that can hold a person


@dataclass
class _Changes:
    """What becomes of some rows: new values by place, places to delete, moved labels."""

    updated: list[tuple[Any, ...]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    relabelled: list[tuple[str, ...]] = field(default_factory=list)


def rewrite(
    session: psycopg.Connection, workspace: str, forgotten: Forgotten
) -> dict[str, int]:
    """Rewrite all relations of `raw` for a workspace."""
    counts = {}
    for relation in columns.relations(session, ("raw",)):
        held = [column for column in relation.columns if column.holds != "nothing"]
        if relation.is_stored and held and relation.name not in LEFT_ALONE:
            with session.transaction():
                count = _rewrite(session, relation, held, workspace, forgotten)
            if count:
                counts[f"raw.{relation.name}"] = count
    return counts


def _rewrite(
    session: psycopg.Connection,
    relation: Relation,
    held: list[Column],
    workspace: str,
    forgotten: Forgotten,
) -> int:
    """Rewrite one relation; return how many rows changed or went."""
    name = sql.Identifier("raw", relation.name)
    # others wait: a row that moved would be missed
    session.execute(sql.SQL("lock table {} in share row exclusive mode").format(name))
    changes = _Changes()
    changed = 0
    update = sql.SQL("update {} set {} where ctid = {}::tid").format(
        name,
        sql.SQL(", ").join(
            sql.SQL("{} = {}").format(sql.Identifier(column.name), sql.Placeholder())
            for column in held
        ),
        sql.Placeholder(),
    )
    for place, row in _rows(session, relation, held, workspace):
        _add(changes, (relation, held), place, row, forgotten)
        if len(changes.updated) >= BATCH:
            changed += _apply(session, name, update, changes)
    return changed + _apply(session, name, update, changes)


def _rows(
    session: psycopg.Connection, relation: Relation, held: list[Column], workspace: str
) -> Iterator[tuple[str, Row]]:
    """Yield the places and values of the rows that are of a workspace, or of none."""
    names = {
        name
        for (name,) in session.execute(
            "select attname from pg_attribute where attrelid = %s and attnum > 0",
            (relation.oid,),
        )
    }
    if "workspace_id" in names:
        within = sql.SQL("workspace_id = {}").format(sql.Literal(workspace))
    elif "load_id" in names:
        within = sql.SQL(
            "load_id in (select load_id from raw.loads where workspace_id = {})"
        ).format(sql.Literal(workspace))
    else:
        within = sql.SQL("true").format()
    wanted = [column.name for column in held] + (["platform"] if "platform" in names else [])
    statement = sql.SQL("select ctid::text, {} from {} where {}").format(
        sql.SQL(", ").join(map(sql.Identifier, wanted)),
        sql.Identifier("raw", relation.name),
        within,
    )
    with session.cursor(name="rows_to_rewrite") as cursor:
        cursor.itersize = BATCH
        for place, *values in cursor.execute(statement):
            yield place, dict(zip(wanted, values, strict=True))


def _add(changes: _Changes, held: Held, place: str, row: Row, forgotten: Forgotten) -> None:
    """Note what becomes of a row, if anything does."""
    relation, columns_held = held
    platform = "" if relation.name in OF_FORMAT else row.get("platform") or ""
    is_own = _is_own(held, platform, row, forgotten)
    names = [column.name for column in columns_held]
    after = {
        column.name: _value(column, platform, row[column.name], forgotten, is_own)
        for column in columns_held
    }
    is_changed = any(after[name] != row[name] for name in names)
    if (is_own and relation.name not in COUNTED) or (is_changed and relation.name in WHOLE):
        changes.deleted.append(place)
    elif is_changed:
        changes.updated.append((*(_adapted(after[name]) for name in names), place))
    if relation.name == "interactions" and not is_own and after["text"] != row["text"]:
        changes.relabelled.append(
            (_md5(after["text"]), platform, row["native_id"], _md5(row["text"]))
        )


def _is_own(held: Held, platform: str, row: Row, forgotten: Forgotten) -> bool:
    """Return whether a row is about an erased account itself."""
    relation, columns_held = held
    record_id = row.get(OWN_BY_RECORD.get(relation.name, ""))
    if record_id is not None and forgotten.has_record(platform, record_id):
        return True
    return any(
        _is_theirs(platform, value, forgotten)
        for column in columns_held
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


def _adapted(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, dict | list) else value


def _md5(text: str) -> str:
    """Return the fingerprint by which a label knows its text."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _apply(
    session: psycopg.Connection, name: sql.Identifier, update: sql.Composed, changes: _Changes
) -> int:
    """Write changes and forget them; return how many rows they were."""
    with session.cursor() as cursor:
        if changes.updated:
            cursor.executemany(update, changes.updated)
        if changes.relabelled:
            cursor.executemany(
                "update raw.labels set text_fingerprint = %s"
                " where platform = %s and native_id = %s and text_fingerprint = %s",
                changes.relabelled,
            )
        if changes.deleted:
            cursor.execute(
                sql.SQL("delete from {} where ctid = any(%s::tid[])").format(name),
                (changes.deleted,),
            )
    count = len(changes.updated) + len(changes.deleted)
    changes.updated.clear()
    changes.deleted.clear()
    changes.relabelled.clear()
    return count

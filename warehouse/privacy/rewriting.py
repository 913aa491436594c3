"""The rows of `raw` without people who were erased, relation by relation.

Source: the list of columns; what was erased in a workspace (`Forgotten`).
Shape:  one transaction per relation. `remains` says what becomes of a row.
Units:  counts of rows that were changed or removed, by relation.
Errors: those of the database. Begun again, it finds what is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from loaders.privacy.forgetting import Forgotten
from warehouse.privacy import columns, remains
from warehouse.privacy.columns import Column, Relation
from warehouse.privacy.remains import Row

BATCH = 2_000
LEFT_ALONE = ("erased_values", "warehouse_identity")  # hashes with the key

Held = tuple[Relation, list[Column]]  # a relation, and its columns that can hold a person


@dataclass
class _Changes:
    """What becomes of some rows: new values by place, places to delete, moved labels."""

    updated: list[tuple[Any, ...]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    relabelled: list[tuple[str, ...]] = field(default_factory=list)

    def forget(self) -> int:
        """Return how many rows change or go, and begin again with none."""
        count = len(self.updated) + len(self.deleted)
        self.updated.clear()
        self.deleted.clear()
        self.relabelled.clear()
        return count


def rewrite(
    session: psycopg.Connection, workspace: str, forgotten: Forgotten, *, is_dry: bool = False
) -> dict[str, int]:
    """Rewrite all relations of `raw` for a workspace; where dry, only count."""
    counts = {}
    work = _count if is_dry else _rewrite
    for relation in columns.relations(session, ("raw",)):
        held = [column for column in relation.columns if column.holds != "nothing"]
        if relation.is_stored and held and relation.name not in LEFT_ALONE:
            with session.transaction():
                count = work(session, (relation, held), workspace, forgotten)
            if count:
                counts[f"raw.{relation.name}"] = count
    return counts


def _count(session: psycopg.Connection, of: Held, workspace: str, forgotten: Forgotten) -> int:
    """Return how many rows of a relation would change or go."""
    changes = _Changes()
    count = 0
    for place, row in _rows(session, *of, workspace):
        _add(changes, of, place, row, forgotten)
        count += changes.forget()
    return count


def _rewrite(
    session: psycopg.Connection, of: Held, workspace: str, forgotten: Forgotten
) -> int:
    """Rewrite one relation; return how many rows changed or went."""
    relation, held = of
    name = sql.Identifier("raw", relation.name)
    changes = _Changes()
    changed = 0
    # others wait: a row that moved would be missed
    session.execute(sql.SQL("lock table {} in share row exclusive mode").format(name))
    update = sql.SQL("update {} set {} where ctid = {}::tid").format(
        name,
        sql.SQL(", ").join(
            sql.SQL("{} = {}").format(sql.Identifier(column.name), sql.Placeholder())
            for column in held
        ),
        sql.Placeholder(),
    )
    for place, row in _rows(session, relation, held, workspace):
        _add(changes, of, place, row, forgotten)
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
    after = remains.of_row(relation.name, columns_held, row, forgotten)
    if after is None:
        changes.deleted.append(place)
        return
    if any(after[name] != row[name] for name in after):
        changes.updated.append((*map(_adapted, after.values()), place))
    if relation.name == "interactions" and (moved := remains.relabelled(row, after)):
        label, fingerprint = moved
        changes.relabelled.append((fingerprint, *label))


def _adapted(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, dict | list) else value


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
    return changes.forget()

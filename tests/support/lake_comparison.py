"""Comparison of large relations inside DuckDB, row by row.

Source: relations that DuckDB reads: Parquet tables of a build, rows that PostgreSQL wrote.
Shape:  a sentence per relation that differs. Rows are in any order and are paired by the
        columns that are no fractions, and by the order of the fractions.
Units:  fractions are equal to a relative 1e-9; JSON documents as `relation_comparison` says.
Errors: those of DuckDB; a column that one side lacks is a difference.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from relation_comparison import CLOSE, canonical_document

from warehouse.web import contracts

MEMORY = "3GB"
DOCUMENT = "canonical_document"
INSTANT = "%Y-%m-%dT%H:%M:%S.%fZ"
FRACTIONS = ("DOUBLE", "FLOAT", "DECIMAL")


def connect(folder: Path) -> Any:
    """Open DuckDB, with room for what does not fit into its memory."""
    import duckdb  # noqa: PLC0415 (of the extra that these tests need)

    db = duckdb.connect(config={"memory_limit": MEMORY, "threads": 2})
    db.execute(f"set temp_directory = '{folder / 'duckdb'}'")
    db.execute("set timezone = 'UTC'")
    db.execute("set preserve_insertion_order = false")
    db.create_function(DOCUMENT, canonical_document, ["VARCHAR"], "VARCHAR")
    return db


def relations(build: Path) -> dict[str, str]:
    """Return how DuckDB reads each relation of a build, by its name with the schema."""
    return {
        f"{folder.parent.stem}.{folder.name}": f"read_parquet('{folder}/*.parquet')"
        for schema in ("core", "marts")
        for folder in sorted(build.glob(f"{schema}.db/*"))
        if any(folder.glob("*.parquet"))
    }


def types(db: Any, relation: str) -> dict[str, str]:
    """Return the types of a relation's columns."""
    found = db.sql(f"from {relation}")
    return dict(zip(found.columns, map(str, found.types), strict=True))


def difference(
    db: Any, name: str, ours: str, theirs: str, documents: Collection[str] = ()
) -> str | None:
    """Return how the rows of two relations differ, or None."""
    mine, columns = types(db, ours), types(db, theirs)
    if lacking := sorted({*mine} ^ {*columns}):
        return f"{name}: columns {lacking} on one side only"
    lists = {
        column
        for each in (mine, columns)
        for column, kind in each.items()
        if kind.endswith("[]")
    }
    told = {*documents, *lists}
    fractions = [
        column
        for column, kind in columns.items()
        if kind.startswith(FRACTIONS) and column not in lists
    ]
    exact = [column for column in columns if column not in fractions]
    (ours_only, theirs_only, unequal), *_ = db.execute(
        f"with ours as ({_paired(ours, _exact(mine, exact, told), fractions)}),"  # noqa: S608 (our relations)
        f" theirs as ({_paired(theirs, _exact(columns, exact, told), fractions)})"
        " select count(*) filter (where theirs.nth is null),"
        " count(*) filter (where ours.nth is null),"
        " count(*) filter (where ours.nth is not null and theirs.nth is not null"
        f" and not ({' and '.join(map(_close, fractions)) or 'true'}))"
        " from ours full join theirs"
        " on ours.row_key = theirs.row_key and ours.nth = theirs.nth"
    ).fetchall()
    if not ours_only + theirs_only + unequal:
        return None
    return f"{name}: {ours_only} rows only ours, {theirs_only} only theirs, {unequal} not close"


def _exact(kinds: Mapping[str, str], names: Collection[str], told: set[str]) -> list[str]:
    """Return columns that are no fractions as values that compare alike."""
    as_text = {name: _text(name, kinds[name]) for name in names}
    return [f"{DOCUMENT}({text})" if name in told else text for name, text in as_text.items()]


def _text(name: str, kind: str) -> str:
    """Return a column, a list as JSON."""
    if not kind.endswith("[]"):
        return f'"{name}"'
    if kind.startswith("TIMESTAMP"):
        return f"to_json([strftime(moment, '{INSTANT}') for moment in \"{name}\"])::varchar"
    return f'to_json("{name}")::varchar'


def _paired(relation: str, exact: Collection[str], fractions: Collection[str]) -> str:
    """Return a query for rows by a key of their exact columns."""
    told = [f'"{column}"::double as "{column}"' for column in fractions]
    ordered = ", ".join(["row_key", *(f'"{column}"' for column in fractions)])
    keyed = ", ".join([f"md5(to_json(row({', '.join(exact)}))::varchar) as row_key", *told])
    return (
        "select *, row_number() over"  # noqa: S608 (our relations)
        f" (partition by row_key order by {ordered}) as nth"
        f" from (select {keyed} from {relation})"
    )


def _close(column: str) -> str:
    one, other = f'ours."{column}"', f'theirs."{column}"'
    return (
        f"({one} is not distinct from {other}"
        f" or coalesce(abs({one} - {other}) <= {CLOSE}"
        f" * greatest(abs({one}), abs({other})), false))"
    )


def differences_of_builds(db: Any, one: Path, other: Path) -> Iterator[str]:
    """Yield how two builds of a lake differ."""
    ours, theirs = relations(one), relations(other)
    yield from (f"{name}: in one build only" for name in sorted(ours.keys() ^ theirs.keys()))
    for name in sorted(ours.keys() & theirs.keys()):
        schema, _, mart = name.partition(".")
        told = contracts.types(mart) if schema == "marts" else {}
        documents = {column for column, kind in told.items() if kind == "jsonb"}
        if (found := difference(db, name, ours[name], theirs[name], documents)) is not None:
            yield found

"""The seeds, checked before anything is replaced: analysts change them.

Source: seeds/*.csv; the columns and rules in seeds/*.yml; the closed vocabulary in
        dbt_project.yml.
Shape:  one JSON document of all seeds, which `raw.seed_problem` judges, as it does for dbt.
Units:  lines of a file, from 1.
Errors: WarehouseError in one sentence: file, line, column, value and what is right.
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import psycopg
import yaml  # type: ignore[import-untyped]  # dbt brings it

from warehouse import schemas, state
from warehouse.errors import WarehouseError

FOLDER = "seeds"
NULLS = ("", "null")  # as dbt reads them

Seed = dict[str, Any]


def check(session: psycopg.Connection, project: Path | None = None) -> None:
    """Refuse seeds in which anything is wrong, before something begins."""
    _refuse(session, *_document(project))


def settle(session: psycopg.Connection, project: Path | None = None) -> dict[str, str]:
    """Refuse seeds that a run would refuse, before it begins.

    Returns, by workspace, what is wrong in rows that name it, and that holds it alone. Such a
    row is refused, too, where the workspace has no loads, or no other one has.
    """
    document, words = _document(project)
    row = session.execute(
        "select raw.settle_seeds(%s::jsonb, %s::text[], %s)",
        (json.dumps(document), words, schemas.named(session, FOLDER)),
    ).fetchone()
    assert row is not None
    settled: dict[str, Any] = row[0]
    found = {
        name: said for seed in settled.values() for name, said in seed.get("held", {}).items()
    }
    row = session.execute(
        "select exists (select from raw.loads where workspace_id <> all(%(found)s))"
        " and not exists"
        " (select from unnest(%(found)s::text[]) as held (name) where not exists"
        " (select from raw.loads where workspace_id = held.name))",
        {"found": list(found)},
    ).fetchone()
    _refuse(session, settled if row == (True,) else document, words)
    return found


def held(session: psycopg.Connection) -> dict[str, str]:
    """Return, by workspace, what was wrong in its rows when seeds were published last."""
    query = "select workspace_id, problem from raw.seed_holds order by 1, 2"
    return dict(session.execute(query).fetchall())


def _document(project: Path | None) -> tuple[dict[str, Seed], list[str]]:
    """Return all seeds, and the closed vocabulary."""
    root = project or state.project_root()
    seeds = {name: read(root, name, declared) for name, declared in declarations(root)}
    return seeds, vocabulary(root)


def _refuse(session: psycopg.Connection, document: dict[str, Seed], words: list[str]) -> None:
    """Refuse seeds in which anything is wrong."""
    row = session.execute(
        "select raw.seed_problem(%s::jsonb, %s::text[], %s)",
        (json.dumps(document), words, schemas.named(session, FOLDER)),
    ).fetchone()
    if row is not None and row[0] is not None:
        raise WarehouseError(f"{row[0]} Nothing was changed.")


def vocabulary(root: Path) -> list[str]:
    """Return the closed vocabulary of interaction types."""
    project = yaml.safe_load((root / "dbt_project.yml").read_text("utf-8"))
    return list(project["vars"]["interaction_types"])


def declarations(root: Path) -> list[tuple[str, Seed]]:
    """Return every seed with its columns, their types and its rules."""
    files = sorted((root / FOLDER).glob("*.yml"))
    declared = [yaml.safe_load(file.read_text("utf-8"))["seeds"] for file in files]
    return [
        (
            seed["name"],
            {
                "columns": list(seed["config"]["column_types"]),
                "types": seed["config"]["column_types"],
                "rules": seed["config"].get("meta", {}).get("rules", {}),
            },
        )
        for seeds in declared
        for seed in seeds
    ]


def read(root: Path, name: str, declared: Seed) -> Seed:
    """Read one file as dbt does: a header, commas, empty means none."""
    file = f"{FOLDER}/{name}.csv"
    try:
        text = (root / file).read_text("utf-8-sig")
    except FileNotFoundError:
        raise WarehouseError(f"{file} is missing; put it back. Nothing was changed.") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise WarehouseError(
            f"{file}, line {line}: the text is not UTF-8; save the file as CSV in UTF-8. "
            "Nothing was changed."
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise WarehouseError(
            f"{file}, line {line}: there is a NUL character; save the file as CSV in UTF-8. "
            "Nothing was changed."
        )
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[dict[str, Any]] = []
    line = 1
    try:
        found = next(reader, [])
        if sorted(found) != sorted(declared["columns"]):
            return {**declared, "found": found, "rows": []}
        line = reader.line_num + 1
        for cells in reader:
            if cells:
                if len(cells) != len(found):
                    raise WarehouseError(
                        f"{file}, line {line}: there are {len(cells)} values for "
                        f"{len(found)} columns; put a value with a comma in quotes. "
                        "Nothing was changed."
                    )
                values = {
                    column: None if value.strip().lower() in NULLS else value
                    for column, value in zip(found, cells, strict=True)
                }
                rows.append({"line": line, "values": values})
            line = reader.line_num + 1
    except csv.Error as error:
        raise WarehouseError(
            f"{file}, line {line}: the line is not CSV ({error}); save the file as CSV in "
            "UTF-8. Nothing was changed."
        ) from None
    return {**declared, "found": found, "rows": rows}

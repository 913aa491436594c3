"""An older version of this project, made from the present one, whose warehouse has to be
upgraded in every way that relations can change.

Shape:  a folder to copy the project's dbt part to in; the edited copy out.
Errors: AssertionError where an edit finds nothing to edit.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # dbt brings it

from warehouse import connection
from warehouse.connection import Target

ROOT = Path(__file__).resolve().parents[2]
OLDER_SCHEMAS = sorted((Path(__file__).parent / "older_schemas").glob("*.sql"))
COPIED = ("models", "macros", "functions", "seeds", "tests/dbt", "loaders")
FILES = ("dbt_project.yml", "profiles.example.yml")
Columns = list[dict[str, Any]]

OLD_MODELS = """
models:
  - name: old_totals
    description: One row per follower, as they used to be counted.
    columns:
      - {name: follower_id, data_type: uuid, description: The follower.}
      - {name: legacy_rank, data_type: bigint, description: What nobody needs any more.}
  - name: old_view
    description: One row per follower, on top of old_totals.
    columns:
      - {name: follower_id, data_type: uuid, description: The follower.}
  - name: unfit_view
    description: One row per follower, on top of a column that goes.
    columns:
      - {name: follower_id, data_type: uuid, description: The follower.}
      - {name: legacy_rank, data_type: bigint, description: What nobody needs any more.}
  - name: kept_view
    description: One row per follower, which an analyst reads.
    columns:
      - {name: follower_id, data_type: uuid, description: The follower.}
"""
OLD_TOTALS = """{{ config(incremental_strategy='merge', unique_key='follower_id') }}
select follower_id, legacy_rank from {{ ref('follower_totals') }}
"""
OLD_VIEW = "select follower_id from {{ ref('old_totals') }} where legacy_rank = 1\n"
OLD_INDEXES = """select raw.keep_indexes('{{ this }}', array[
    ['interaction_ledger_current', 'unique (interaction_id) where is_current'],
    ['interaction_ledger_untyped', '(platform) where interaction_type is null'],
    ['interaction_ledger_old', '(load_id)']
])"""
UNFIT_VIEW = "select follower_id, legacy_rank from {{ ref('follower_totals') }}\n"
KEPT_VIEW = "select follower_id from {{ ref('follower_totals') }}\n"


def make(folder: Path) -> Path:
    """Return the older project, in a new folder."""
    for name in COPIED:
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    for name in FILES:
        shutil.copy(ROOT / name, folder / name)
    _change(folder, "follower_totals", _with_legacy_rank)
    _change(folder, "profile_history", lambda columns: _numeric(columns, "line_no"))
    _change(folder, "content_tags", lambda columns: _without(columns, "workspace_id")[::-1])
    _change(folder, "landed_sources", lambda columns: columns[:-1])
    _index(folder, "interaction_ledger", OLD_INDEXES)
    _store(folder, "accounts")
    _configure(folder, "follower_daily_totals", "materialized='view'")
    models = folder / "models" / "intermediate" / "old"
    models.mkdir()
    (models / "_old__models.yml").write_text(OLD_MODELS)
    (folder / "models" / "totals" / "old_totals.sql").write_text(OLD_TOTALS)
    (models / "old_view.sql").write_text(OLD_VIEW)
    (models / "unfit_view.sql").write_text(UNFIT_VIEW)
    (models / "kept_view.sql").write_text(KEPT_VIEW)
    tiers = folder / "seeds" / "engagement_tiers.csv"
    heading, *rows = tiers.read_text().splitlines()
    tiers.write_text("\n".join([f"{heading},colour", *(f"{row},blue" for row in rows), ""]))
    declared = folder / "seeds" / "engagement_tiers.yml"
    types = "column_types: {engagement_tier: text, minimum_score: numeric"
    text = declared.read_text()
    assert types in text
    declared.write_text(text.replace(types, f"{types}, colour: text"))
    return folder


def _with_legacy_rank(columns: Columns) -> Columns:
    column = {
        "name": "legacy_rank",
        "data_type": "bigint",
        "description": "Gone.",
        "sql": "1::bigint",
    }
    return [columns[0], column, *columns[1:]]


def _without(columns: Columns, name: str) -> Columns:
    kept = [column for column in columns if column["name"] != name]
    assert len(kept) == len(columns) - 1, name
    return kept


def _numeric(columns: Columns, name: str) -> Columns:
    assert any(column["name"] == name for column in columns), name
    return [
        {**column, "data_type": "numeric", "sql": f"{name}::numeric"}
        if column["name"] == name
        else column
        for column in columns
    ]


def _change(folder: Path, model: str, edit: Callable[[Columns], Columns]) -> None:
    """Give a model other columns, in its contract and in its last line."""
    (file,) = folder.glob(f"models/**/{model}.sql")
    columns: Columns = []

    def edit_entry(entry: dict[str, Any]) -> None:
        columns.extend(edit(entry["columns"]))
        entry["columns"] = [
            {key: value for key, value in column.items() if key != "sql"} for column in columns
        ]

    _describe(file, edit_entry)
    listed = ", ".join(
        f"{column['sql']} as {column['name']}" if "sql" in column else column["name"]
        for column in columns
    )
    text, all_columns, final = file.read_text().rpartition("select * from ")
    assert all_columns, model
    file.write_text(" ".join([f"{text}select", listed, "from", final]))


def _describe(file: Path, edit: Callable[[dict[str, Any]], None]) -> None:
    """Change what is said of a model beside its file."""
    descriptions = 0
    for described in file.parent.glob("*.yml"):
        content = yaml.safe_load(described.read_text())
        for entry in content.get("models", []):
            if entry["name"] == file.stem:
                descriptions += 1
                edit(entry)
        described.write_text(yaml.safe_dump(content, sort_keys=False))
    assert descriptions == 1, file


def _index(folder: Path, model: str, hook: str) -> None:
    """Give a model other indexes."""
    (file,) = folder.glob(f"models/**/{model}.sql")
    _describe(file, lambda entry: entry["config"].update(post_hook=hook))


def _store(folder: Path, model: str) -> None:
    """Let a view be a stored model."""
    (file,) = folder.glob(f"models/**/{model}.sql")
    file.rename(folder / "models" / "state" / file.name)


def _configure(folder: Path, model: str, setting: str) -> None:
    """Let a model be of another kind."""
    (file,) = folder.glob(f"models/**/{model}.sql")
    text, is_found = re.subn(r"(\{\{\s*config\()", rf"\1{setting}, ", file.read_text(), count=1)
    assert is_found, model
    file.write_text(text)


def empty(name: str) -> Target:
    """Create an empty database and return how it is reached."""
    target = connection.resolve(name)
    target.connect(autocommit=True).close()
    return target

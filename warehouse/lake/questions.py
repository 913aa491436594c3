"""The statements of landing, answered from the files of a lake by DuckDB.

What a load takes back depends on earlier loads. The statements are those that PostgreSQL runs.

Source: raw files of named loads, committed or being written.
Shape:  views `raw.<table>` over these files and no others.
Errors: those of DuckDB.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from psycopg import sql

from warehouse.lake.layout import LOADS, TABLES, Lake, arrow_schema, columns
from warehouse.lake.spills import new_spill

if TYPE_CHECKING:
    from loaders.landing.sinks import Statement

MEMORY = "1GB"
_TABLE = re.compile(r"\braw\.(\w+)")
_PARAMETER = re.compile(r"%\((\w+)\)s")
_VIEW = sql.SQL(
    "create or replace view raw.{} as"
    " select * {} from {} where load_id = any(getvariable('ids'))"
)
_SET = sql.SQL("set variable {} = $files")
_FILES = sql.SQL("read_parquet(getvariable({}), union_by_name := true)")
_OPTIONS = {
    "TimeZone": "UTC",
    "memory_limit": MEMORY,
    "autoinstall_known_extensions": "false",
    "preserve_insertion_order": "true",
}
_NORMAL = sql.SQL("replace (normal_json(metadata) as metadata)")  # exports write spaces
decode = msgspec.json.Decoder(float_hook=Decimal).decode
encode = msgspec.json.Encoder(order="sorted", decimal_format="number").encode


class Questions:
    """A session of DuckDB over a lake, which this process uses until the session ends."""

    def __init__(self, lake: Lake) -> None:
        import duckdb  # noqa: PLC0415 (an extra)

        self._spill = new_spill(lake)
        self._session = duckdb.connect(config={**_OPTIONS, "temp_directory": str(self._spill)})
        self._session.execute("create schema raw")
        self._session.create_function("normal_json", _normal_json, ["VARCHAR"], "VARCHAR")

    def close(self) -> None:
        """End the session."""
        self._session.close()
        shutil.rmtree(self._spill, ignore_errors=True)

    def ask(
        self,
        statement: Statement,
        values: Mapping[str, Any],
        loads: Sequence[Mapping[str, Any]],
        files: Mapping[str, Sequence[Path]],
    ) -> Any:
        """Run a statement over files of these loads; return DuckDB's relation.

        `files`: those of each table that `tables_of` the statement names.
        """
        import pyarrow  # noqa: PLC0415 (an extra)

        self._session.execute(
            "set variable ids = $ids", {"ids": [load["load_id"] for load in loads]}
        )
        for table in tables_of(statement):
            if table == LOADS:
                rows = pyarrow.Table.from_pylist(list(loads), arrow_schema(LOADS))
                self._session.register("rows_of_loads", rows)
                source: sql.Composable = sql.Identifier("rows_of_loads")
            elif found := files[table]:
                self._session.execute(
                    _SET.format(sql.Identifier(table)).as_string(),
                    {"files": list(map(str, found))},
                )
                source = _FILES.format(table)
            else:
                empty = arrow_schema(table).empty_table()
                self._session.register(f"no_{table}", empty)
                source = sql.Identifier(f"no_{table}")
            is_normal = "metadata" in columns(table)
            view = _VIEW.format(
                sql.Identifier(table), _NORMAL if is_normal else sql.SQL(""), source
            )
            self._session.execute(view.as_string())
        text = statement.as_string()
        named = {name: values[name] for name in _PARAMETER.findall(text)}
        return self._session.sql(_PARAMETER.sub(r"$\1", text), params=named)


def tables_of(statement: Statement) -> set[str]:
    """Return the raw tables that a statement reads."""
    return set(_TABLE.findall(statement.as_string())) & TABLES.keys()


def _normal_json(document: str) -> str:
    """Return a document as it is always written."""
    return encode(decode(document)).decode()

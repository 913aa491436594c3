"""The columns of the published marts: names, types and descriptions.

Source: the models' contracts, models/marts/<subject>/*.yml, and the doc blocks that they name.
        The database has the same: dbt enforces contracts and stores descriptions.
Shape:  `columns(mart)` returns the columns in the order of the mart.
Units:  types are PostgreSQL's names, as in a contract.
Errors: KeyError for a mart that does not exist.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml  # type: ignore[import-untyped]  # it comes without types

from warehouse import state

BLOCK = re.compile(r"\{% docs (\w+) %\}(.*?)\{% enddocs %\}", re.DOTALL)
DOC = re.compile(r"\{\{\s*doc\('(\w+)'\)\s*\}\}")

_DATE_TIME = {"type": "string", "format": "date-time"}
_JSON = {
    "text": {"type": "string"},
    "uuid": {"type": "string", "format": "uuid"},
    "date": {"type": "string", "format": "date"},
    "timestamp with time zone": _DATE_TIME,
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer"},
    "bigint": {"type": "integer"},
    "numeric": {"type": "number"},
    "double precision": {"type": "number"},
    "jsonb": {},
}


@dataclass(frozen=True)
class Column:
    """A column of a mart."""

    name: str
    data_type: str
    description: str

    @property
    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of its values, null included."""
        schema: dict[str, Any] = {**_JSON[self.data_type], "description": self.description}
        if "type" in schema:
            schema["type"] = [schema["type"], "null"]
        return schema


@cache
def columns(mart: str) -> tuple[Column, ...]:
    """Return the columns of a mart."""
    return _marts()[mart][1]


@cache
def types(mart: str) -> dict[str, str]:
    """Return the type of each column of a mart."""
    return {column.name: column.data_type for column in columns(mart)}


def names() -> list[str]:
    """Return the marts."""
    return sorted(_marts())


def description(mart: str) -> str:
    """Return what a mart holds, grain first."""
    return _marts()[mart][0]


@cache
def _marts() -> dict[str, tuple[str, tuple[Column, ...]]]:
    models = state.project_root() / "models"
    docs = {
        name: _one_line(text)
        for file in models.glob("*.md")
        for name, text in BLOCK.findall(file.read_text("utf-8"))
    }

    def plain(text: str) -> str:
        return _one_line(DOC.sub(lambda found: docs[found[1]], text))

    found = {}
    for file in models.glob("marts/*/*.yml"):
        if file.stem.partition("__tests")[1]:  # tests have no columns
            continue
        told = yaml.load(file.read_bytes(), Loader=yaml.CSafeLoader) or {}
        for model in told.get("models", ()):
            found[model["name"]] = (
                plain(model["description"]),
                tuple(
                    Column(each["name"], each["data_type"], plain(each["description"]))
                    for each in model["columns"]
                ),
            )
    return found


def _one_line(text: str) -> str:
    return " ".join(text.split())

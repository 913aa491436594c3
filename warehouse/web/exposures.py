"""Exposures for dbt: which marts the pages, the read API and the questions of README.md use.

Source: the pages with their SQL, the operations of the API, the SQL blocks of README.md; the
        marts by their files.
Shape:  `python -m warehouse.web.exposures` prints models/marts/_exposures_of_pages.yml.
Errors: none.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from itertools import chain
from pathlib import Path

from warehouse.web.pages.every import PAGES
from warehouse.web.resources import BASE, ITEMS, LISTS

PROJECT = Path(__file__).parents[2]
FOLDER = Path(__file__).parent / "pages"
FILE = PROJECT / "models" / "marts" / "_exposures_of_pages.yml"
RELATION = re.compile(r"\b(?:from|join)\s+([a-z_]+)", re.IGNORECASE)
BLOCK = re.compile(r"^```sql\n(.*?)^```", re.MULTILINE | re.DOTALL)
HEADING = "# Written by `make docs` from the pages, the read API and README.md."


def marts() -> set[str]:
    """Return the names of all marts."""
    return {path.stem for path in (PROJECT / "models" / "marts").glob("*/*.sql")}


def relations(text: str) -> set[str]:
    """Return the marts that a statement reads."""
    return set(RELATION.findall(text)) & marts()


def of_pages() -> Iterator[tuple[str, set[str]]]:
    """Yield each module of pages with the marts that its pages read."""
    statements = {path.stem: path.read_text("utf-8") for path in FOLDER.glob("sql/*.sql")}
    for module in sorted({page.build.__module__ for page in PAGES}):
        name = module.rpartition(".")[2]
        tree = ast.parse((FOLDER / f"{name}.py").read_text("utf-8"))
        words = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
        used = set[str]().union(
            *(relations(text) for stem, text in statements.items() if stem in words)
        )
        of_module = [page for page in PAGES if page.build.__module__ == module]
        yield name, used | set(_marts_in(of_module))


def of_api() -> set[str]:
    """Return the marts that the read API answers from."""
    return set(_marts_in([*LISTS, *ITEMS]))


def of_questions() -> set[str]:
    """Return the marts that the questions of README.md read."""
    blocks = BLOCK.findall((PROJECT / "README.md").read_text("utf-8"))
    return set[str]().union(*map(relations, blocks))


def _marts_in(value: object) -> Iterator[str]:
    """Yield the marts that declarations name."""
    if isinstance(value, list | tuple):
        for each in value:
            yield from _marts_in(each)
    elif is_dataclass(value):
        for field in fields(value):
            told = getattr(value, field.name)
            if field.name == "mart" and told in marts():
                yield told
            else:
                yield from _marts_in(told)


def text() -> str:
    """Return the file."""
    pages = [
        _lines(
            f"page_{name}",
            f"Page: {name}",
            "dashboard",
            f"What the pages of {name} read.",
            used,
        )
        for name, used in of_pages()
    ]
    api = _lines("read_api", "Read API", "application", f"What {BASE} answers from.", of_api())
    questions = _lines(
        "readme_questions",
        "Questions of README.md",
        "analysis",
        "What the questions of README.md read.",
        of_questions(),
    )
    return "\n".join([HEADING, "exposures:", *chain(*pages, api, questions)])


def _lines(name: str, label: str, kind: str, about: str, used: Iterable[str]) -> Iterator[str]:
    yield f"  - name: {name}"
    yield f'    label: "{label}"'
    yield f"    type: {kind}"
    yield "    maturity: high"
    yield f"    description: {about}"
    yield "    owner: {name: Analytics, email: analytics@example.com}"
    yield "    depends_on:"
    yield from (f"      - ref('{mart}')" for mart in sorted(used))


if __name__ == "__main__":
    sys.stdout.write(text() + "\n")

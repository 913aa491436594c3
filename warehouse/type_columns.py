"""What exists once per interaction type, written from `seeds/interaction_types.csv`.

Source: the seed; templates in comments of dbt_project.yml and of the YAML and Markdown files in
        models/.
Shape:  `python -m warehouse.type_columns` writes the lines between two comments again, one copy
        of the template per type: $type is the type, $plural the end of a column's name, $name
        and $Name the words for people. `but a, b` leaves types out.
Errors: ValueError for a template without an end.

    # for each interaction type: - {name: $type_count, data_type: bigint}
    - {name: comment_count, data_type: bigint}
    - {name: like_count, data_type: bigint}
    # end of interaction types
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).parents[1]
SEED = Path("seeds/interaction_types.csv")
PATTERNS = ("dbt_project.yml", "models/**/*.yml", "models/**/*.md")

BEGIN = re.compile(
    r"(?P<indent> *)(?:#|\{#) for each interaction type(?: but (?P<but>[\w, ]+))?:"
    r" (?P<template>.+?)(?: #\})?\n"
)
END = re.compile(r" *(?:#|\{#) end of interaction types(?: #\})?\n")


def files(project: Path = PROJECT) -> Iterator[tuple[Path, str, str]]:
    """Yield each file with a template, its text, and the text that the seed makes of it."""
    with (project / SEED).open(encoding="utf-8", newline="") as seed:
        types = list(csv.DictReader(seed))
    for pattern in PATTERNS:
        for path in sorted(project.glob(pattern)):
            text = path.read_text("utf-8")
            if BEGIN.search(text):
                yield path, text, written(text, types, path.name)


def written(text: str, types: list[dict[str, str]], name: str) -> str:
    """Return a text in which each template is followed by its copies."""
    lines: list[str] = []
    is_copy = False
    for line in text.splitlines(keepends=True):
        begin = BEGIN.fullmatch(line)
        if END.fullmatch(line):
            is_copy = False
        if is_copy and begin:
            raise ValueError(
                f"{name}: a template begins before another one ends: {line.strip()}"
            )
        if not is_copy:
            lines.append(line)
        if begin:
            lines.extend(copies(begin, types))
            is_copy = True
    if is_copy:
        raise ValueError(f"{name}: the last template has no end")
    return "".join(lines)


def copies(begin: re.Match[str], types: list[dict[str, str]]) -> Iterator[str]:
    """Yield the lines of a template; " || " separates those of one type."""
    left_out = re.split(r", *", begin["but"] or "")
    for row in types:
        if row["interaction_type"] in left_out:
            continue
        text = begin["template"].replace("$type", row["interaction_type"])
        text = text.replace("$plural", row["plural"]).replace("$name", row["name"])
        text = text.replace("$Name", row["name"][0].upper() + row["name"][1:])
        for line in text.split(" || "):
            yield f"{begin['indent']}{line}\n"


def main() -> None:
    """Write the files whose copies are not those of the seed."""
    for path, before, after in files():
        if after != before:
            path.write_text(after, "utf-8")
            sys.stdout.write(f"wrote {path.relative_to(PROJECT)}\n")


if __name__ == "__main__":
    main()

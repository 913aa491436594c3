"""CSV fixtures made hostile."""

from __future__ import annotations

import random
from pathlib import Path

from hostile.document import COPIES, SPOILT, Hostile, new_text
from hostile.places import csv_cell, csv_rows, joined, text_places
from hostile.values import VALUES
from loaders.parsing.formats import Csv


def fill_csv(made: Hostile, container: Csv, path: Path, dice: random.Random) -> None:
    _, rows = csv_rows(made.content, container)
    carriers = text_places(path)
    written = [] if container.columns else [made.content.splitlines()[0]]
    is_countable = True
    for number, original in list(enumerate(rows)) * COPIES:
        tokens = []
        row: list[bytes] = []
        for place, cell in enumerate(original):
            if (number, place) in carriers:
                token, cell = new_text(made, dice)  # noqa: PLW2901 (put in its place)
                if container.quoting == "none":
                    cell = made.texts[token] = f"{token} {' '.join(cell.split())}"  # noqa: PLW2901
                tokens.append(token)
            row.append(csv_cell(cell.encode(), container))
        if dice.random() < SPOILT:
            place = dice.randrange(len(row))
            change = dice.random()
            if change < 0.7:
                row[place] = csv_cell(dice.choice(VALUES).strip(b'"'), container)
            elif change < 0.8:
                row[place] = b"stray " + dice.choice(VALUES)
                is_countable = False  # a stray quote may hold several lines together
            elif change < 0.9 and len(row) > 1:  # a blank line is no record
                del row[place]
            else:
                row.insert(place, b"\\.")
        else:
            made.kept.update(tokens)
        written.append(container.delimiter.encode().join(row))
    if is_countable:
        made.n_in = len(rows) * COPIES
    made.content = joined(written)

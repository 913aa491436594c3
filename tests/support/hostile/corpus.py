"""The corpus of hostile documents, made from every fixture."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

from platform_files import VALID, apply, format_of, name_of

from hostile.csv_records import fill_csv
from hostile.document import DAMAGED, SEED, Hostile
from hostile.json_records import fill_json
from hostile.values import BROKEN
from loaders.parsing.formats import Csv
from loaders.records import Outcome


def documents(records: int, seed: int = SEED) -> Iterator[tuple[Hostile, list[Outcome]]]:
    """Documents of every fixture in turn, with their outcomes, of so many records or more."""
    number = 0
    while records > 0:
        for path in VALID:
            made = hostile(path, seed, number)
            outcomes = apply(made.content, made.fmt, name=made.source)
            records -= len(outcomes)
            yield made, outcomes
        number += 1


def hostile(path: Path, seed: int, number: int) -> Hostile:
    """Return the document of that seed and number."""
    dice = random.Random(f"{seed} {name_of(path)} {number}")
    fmt, content = format_of(path), path.read_bytes()
    made = Hostile(f"{name_of(path)} {seed} {number}", path.name, path.parts[-3], fmt, content)
    if isinstance(fmt.container, Csv):
        fill_csv(made, fmt.container, path, dice)
    else:
        fill_json(made, path, dice)
    if dice.random() < DAMAGED:
        damage(made, dice)
    elif dice.random() < 0.1:
        made.content = b"\xef\xbb\xbf" + made.content.removeprefix(b"\xef\xbb\xbf")
    return made


def damage(made: Hostile, dice: random.Random) -> None:
    """Break the document itself: nothing but accounting can be asked of it then."""
    made.n_in = None
    made.kept.clear()
    content = bytearray(made.content)
    ways: list[Callable[[int], None]] = [
        lambda place: content.__delitem__(slice(place, None)),
        lambda place: content.__setitem__(slice(place, place), b"\n\\.\n"),
        lambda place: content.__setitem__(slice(place, place), dice.choice(BROKEN)),
        lambda place: content.__setitem__(slice(place, place + 1), b'"'),
        lambda place: content.__setitem__(slice(place, place + 1), b"\xff"),
        lambda place: content.__setitem__(slice(place, place + dice.randint(1, 200)), b""),
        lambda place: content.__setitem__(slice(place, place), b"\xef\xbb\xbf"),
    ]
    for _ in range(dice.randint(1, 3)):
        dice.choice(ways)(dice.randrange(len(content) + 1))
    made.content = bytes(content)

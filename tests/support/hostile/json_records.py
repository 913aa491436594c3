"""JSON fixtures made hostile."""

from __future__ import annotations

import copy
import json
import random
import re
from pathlib import Path
from typing import Any

from platform_files import json_values, prefix_of

from hostile.document import COPIES, SPOILT, Hostile, Place, new_text
from hostile.places import record_lists, slots_of, text_places
from hostile.values import VALUES
from loaders.parsing.formats import Lines

_MARK = re.compile(rb'"@@([0-9]+)@@"')


def fill_json(made: Hostile, path: Path, dice: random.Random) -> None:
    prefix = prefix_of(made.content, made.fmt)
    values = json_values(made.content.removeprefix(prefix), made.fmt)
    carriers = text_places(path)
    lists = list(record_lists(values, made.fmt)) or [values]
    counted = before = 0
    for items in lists:
        originals = copy.deepcopy(items)
        items.clear()
        for number, original in list(enumerate(originals, before)) * COPIES:
            item = copy.deepcopy(original)
            tokens = _put_texts(number, item, carriers, made, dice)
            if dice.random() < SPOILT:
                item = _spoilt(item, originals, dice)
            else:
                made.kept.update(tokens)
            items.append(item)
        before += len(originals)
        counted += len(items)
    if made.fmt.expand is None and (made.fmt.container == Lines() or lists != [values]):
        made.n_in = counted
    made.content = prefix + b"\n".join(_written(value, dice) for value in values)


def _put_texts(
    number: int, item: Any, carriers: frozenset[Place], made: Hostile, dice: random.Random
) -> list[str]:
    tokens = []
    for holder, key, place in list(slots_of(item, (number,))):
        if place in carriers:
            token, holder[key] = new_text(made, dice)
            tokens.append(token)
    return tokens


def _spoilt(item: Any, others: list[Any], dice: random.Random) -> Any:
    if dice.random() < 0.05:
        return _mark(dice)
    for _ in range(dice.randint(1, 3)):
        slots = [slot for slot in slots_of(item) if isinstance(slot[0], dict | list)]
        if not slots:
            return _mark(dice)
        holder, key, _ = dice.choice(slots)
        change = dice.random()
        if change < 0.6:
            holder[key] = _mark(dice)
        elif change < 0.75:
            del holder[key]
        elif change < 0.85 and isinstance(holder, dict):
            holder[f"{key}@@again"] = _mark(dice)
        elif change < 0.95:
            donors = [slot[0][slot[1]] for slot in slots_of(dice.choice(others))]
            holder[key] = copy.deepcopy(dice.choice(donors or [None]))
        else:
            holder[key] = [holder[key]]
    return item


def _mark(dice: random.Random) -> str:
    return f"@@{dice.randrange(len(VALUES))}@@"


def _written(value: Any, dice: random.Random) -> bytes:
    """JSON with the hostile values in their places, and keys that come again."""
    text = json.dumps(value, ensure_ascii=dice.random() < 0.5).encode()
    text = text.replace(b'@@again"', b'"')
    return _MARK.sub(lambda mark: VALUES[int(mark[1])], text)

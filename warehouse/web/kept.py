"""Answers that are kept until something changes, of marts that are computed as a whole.

Source: rows as they were read, by question and version.
Shape:  the first rows of a question, so that its next pages need no statement.
Units:  a row is its JSON and its position; bytes are those of the JSON.
Errors: those of whoever reads.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

MOST_ROWS = 2_000  # of a question; further pages are read one by one
MOST_BYTES = 32 * 1024 * 1024  # of all questions
MOST_QUESTIONS = 500

Row = tuple[str, ...]  # the item as JSON, then the values of its position, which may be null


class Read(NamedTuple):
    """The first rows of a question, as they were read, and counts of all its rows as JSON."""

    rows: list[Row]
    tally: str = "[]"


class Held(NamedTuple):
    """The first rows of a question, whether these are all, and counts of all as JSON."""

    rows: Sequence[Row]
    is_complete: bool
    tally: str = "[]"


NOTHING = Held((), is_complete=False)


@dataclass
class _Answer:
    """What is kept of a question; nothing until it has been read."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    version: str | None = None
    held: Held = NOTHING
    size: int = 0


class Kept:
    """Rows of the questions that were asked last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: OrderedDict[str, _Answer] = OrderedDict()

    def held(self, question: str, version: str, read: Callable[[int], Read]) -> Held:
        """Return the first rows of a question.

        `read` returns at most so many rows; of those who ask at the same time one reads.
        """
        with self._lock:
            answer = self._answers.setdefault(question, _Answer())
            self._answers.move_to_end(question)
        with answer.lock:
            if answer.version != version:
                rows, tally = read(MOST_ROWS)
                answer.held = Held(rows, len(rows) < MOST_ROWS, tally)
                answer.size = sum(len(row[0]) for row in rows)
                answer.version = version
                self._forget()
            return answer.held

    def _forget(self) -> None:
        """Forget the questions that nobody has asked for long."""
        with self._lock:
            size = sum(answer.size for answer in self._answers.values())
            while size > MOST_BYTES or len(self._answers) > MOST_QUESTIONS:
                size -= self._answers.popitem(last=False)[1].size

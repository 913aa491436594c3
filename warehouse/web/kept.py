"""Answers that are kept until something changes, of marts that are computed as a whole.

Source: rows as they were read, by question and version.
Shape:  all rows of a question, so that its further pages need no statement.
Units:  a row is its JSON and its position; bytes are those of the JSON.
Errors: those of whoever reads.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

MOST_ROWS = 20_000  # of a question; of larger ones each page is read by itself
MOST_BYTES = 32 * 1024 * 1024  # of all questions
MOST_QUESTIONS = 500

Row = tuple[str, ...]  # the item as JSON, then the values of its position, which may be null


@dataclass
class _Answer:
    """What is kept of a question; nothing while it is read, or where it is too large."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    version: str | None = None
    rows: Sequence[Row] | None = None
    size: int = 0


class Kept:
    """Rows of the questions that were asked last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: OrderedDict[str, _Answer] = OrderedDict()

    def rows(
        self, question: str, version: str, read: Callable[[int], list[Row]]
    ) -> Sequence[Row] | None:
        """Return all rows of a question, null where they are too many.

        `read` returns at most so many rows; of those who ask at the same time one reads.
        """
        with self._lock:
            answer = self._answers.setdefault(question, _Answer())
            self._answers.move_to_end(question)
        with answer.lock:
            if answer.version != version:
                found = read(MOST_ROWS + 1)
                answer.rows = found if len(found) <= MOST_ROWS else None
                answer.size = sum(len(row[0]) for row in answer.rows or ())
                answer.version = version
                self._forget()
            return answer.rows

    def _forget(self) -> None:
        """Forget the questions that nobody has asked for long."""
        with self._lock:
            size = sum(answer.size for answer in self._answers.values())
            while size > MOST_BYTES or len(self._answers) > MOST_QUESTIONS:
                size -= self._answers.popitem(last=False)[1].size

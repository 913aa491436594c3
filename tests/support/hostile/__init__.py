"""Hostile documents: the fixtures of every platform with values that nobody should write.

Shape:  a seed and a number give a document: a valid fixture with its records repeated. Most are
        spoilt; the others carry hostile texts, which must survive. `check` compares what a
        loader makes of the document with what was put in.
Units:  records are native records; tokens (`T17T`) mark texts, each occurs once in a document.
Errors: AssertionError with the fixture and the number, which give the same document again."""

from __future__ import annotations

from hostile.checks import check
from hostile.corpus import documents
from hostile.document import Hostile

__all__ = [
    "Hostile",
    "check",
    "documents",
]

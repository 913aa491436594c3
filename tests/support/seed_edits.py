"""Edits of seeds in a copy of the project."""

from __future__ import annotations

from copies import ROOT

from warehouse import seeds

NAMES = [name for name, _ in seeds.declarations(ROOT)]


def edited(text: str, old: str, new: str) -> str:
    """Return a seed in which one thing is replaced, or to which lines are added."""
    if not old:
        return f"{text.rstrip()}\n{new}\n"
    assert old in text
    return text.replace(old, new, 1)

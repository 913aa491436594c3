"""Modules that are loaded when something in them is first used.

A library may import at its start what only a part of it needs.

Source: names of modules that are not loaded yet.
Shape:  a context: what is imported in it, of these names, is loaded later, or is not found.
Errors: those of an import, where the module is used.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import LazyLoader
from types import ModuleType


class _Finder(MetaPathFinder):
    def __init__(self, names: Sequence[str]) -> None:
        self._names = set(names)

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module as others would, and load it later."""
        if name not in self._names:
            return None
        self._names.remove(name)  # the others are asked next, through this one as well
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


@contextmanager
def loaded_when_used(*names: str) -> Iterator[None]:
    """Put off loading these modules until something in them is used."""
    finder = _Finder(names)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


@contextmanager
def not_found(name: str) -> Iterator[None]:
    """Let a package be missing for a while, whether or not it is installed or loaded."""
    hidden = {
        module: sys.modules.pop(module)
        for module in list(sys.modules)
        if module.split(".", 1)[0] == name
    }
    sys.modules[name] = None  # type: ignore[assignment]  # the sign of a missing module
    try:
        yield
    finally:
        del sys.modules[name]
        sys.modules.update(hidden)

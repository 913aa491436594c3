"""The APIs that can be pulled, found by looking; each module declares `API`."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from warehouse.pulling.api import Api


@cache
def known() -> dict[str, Api]:
    """Return the APIs by platform."""
    found = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        if isinstance(api := getattr(module, "API", None), Api):
            found[api.platform] = api
    return dict(sorted(found.items()))

"""Real services that tests may ask: those with a token and an item in the environment.

Source: WAREHOUSE_TEST_<PLATFORM>_TOKEN and WAREHOUSE_TEST_<PLATFORM>_FOLLOW.
Shape:  items by platform; a line that says which platforms are not asked.
"""

from __future__ import annotations

import os

from warehouse.pulling import apis


def token_name(platform: str) -> str:
    """Return the variable with the token of a platform."""
    return f"WAREHOUSE_TEST_{platform.upper()}_TOKEN"


def available() -> dict[str, str]:
    """Return what to follow on each platform that may be asked."""
    items = {
        platform: os.environ.get(f"WAREHOUSE_TEST_{platform.upper()}_FOLLOW", "")
        for platform in apis.known()
        if os.environ.get(token_name(platform))
    }
    return {platform: item for platform, item in items.items() if item}


def header() -> str:
    """Say which services are only asked as fakes."""
    missing = ", ".join(platform for platform in apis.known() if platform not in available())
    return f"pulls: fakes only of {missing}" if missing else "pulls: all real services"

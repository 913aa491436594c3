"""An API that a source declares: all that is known is the status.

Source: RFC 9110.
"""

from __future__ import annotations

from documented_errors.told import NO, Told

OTHERS = (
    Told(
        *("rest", "404", 404, {"error": "no such topic"}),
        f"HOST {NO} 404: no such topic; it is gone, or the token may not see it: check "
        "its id in sources.toml.",
    ),
    Told(
        *("rest", "400", 400, b"<html>"),
        f"HOST {NO} 400; check what this source follows in sources.toml.",
    ),
    Told(
        *("rest", "418", 418, {"error": "I am a teapot"}),
        f"HOST {NO} 418: I am a teapot; if that lasts, a newer warehouse may ask better.",
    ),
)

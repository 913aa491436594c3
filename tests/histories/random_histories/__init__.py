"""Random but repeatable histories: small workspaces whose deliveries go wrong.

Shape:  a seed and an instant in -> one `History`: a workspace, loads of generic NDJSON records
        split over runs, decisions, and the traits that it happens to have.
Units:  instants are aware and in UTC; times in records are ISO 8601 with an offset.
Errors: none; the same arguments give the same history.

Histories of even seeds are settled: nothing happens after the instant, and everything else may
happen. Those of odd seeds go on after it. There the versions of one interaction take effect at
ever later times, so what was in effect at the instant depends on the specification alone.
"""

from __future__ import annotations

from random_histories.author import history
from random_histories.draft import clock_changes
from random_histories.history import AS_OF, TRAITS, History, Load, Record
from random_histories.words import HOUR, MICROSECOND, PLATFORMS, SECOND, UNKNOWN_PLATFORM

__all__ = [
    "AS_OF",
    "HOUR",
    "MICROSECOND",
    "PLATFORMS",
    "SECOND",
    "TRAITS",
    "UNKNOWN_PLATFORM",
    "History",
    "Load",
    "Record",
    "clock_changes",
    "history",
]

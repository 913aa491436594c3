"""Opening a connection, with patience for a server that is coming up.

Source: parameters of `psycopg.connect`.
Shape:  an open connection out.
Units:  seconds.
Errors: psycopg.Error as it comes; that the server is starting only after some time.
"""

from __future__ import annotations

import time
from typing import Any

import psycopg

# its first words, and those after a crash, whose status file still says "ready"
_COMING_UP = ("starting up", "in recovery mode", "not yet accepting connections")
_PAUSE_SECONDS = 0.1


def connect(seconds: float, **parameters: Any) -> psycopg.Connection:
    """Connect, waiting up to some seconds for a server that starts or repairs itself."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return psycopg.connect(**parameters)
        except psycopg.OperationalError as error:
            is_coming_up = any(phrase in str(error) for phrase in _COMING_UP)
            if not is_coming_up or time.monotonic() > deadline:
                raise
        time.sleep(_PAUSE_SECONDS)

"""Sessions of dbt that serve one node after another.

Source: dbt's connections to PostgreSQL. dbt ends the session of a thread after each node, and
        a new one reads the catalogue first: 15 ms of the server's and dbt's time, for each of
        40 nodes of a small run and 160 of a whole one.
Shape:  between two nodes a session is emptied (`discard all`): like a new one it has no
        settings, temporary tables, locks or prepared statements of its own.
Errors: none: a session that cannot be emptied ends, as dbt ends it.
"""

from __future__ import annotations

import functools
from importlib import import_module
from typing import Any


@functools.cache
def keep() -> None:
    """Let dbt's threads keep their sessions until the end of a command."""
    manager_class: Any = import_module("dbt.adapters.postgres.connections")
    manager_class = manager_class.PostgresConnectionManager
    release = getattr(manager_class, "release", None)
    if release is None:  # a later dbt: it ends its sessions as it likes
        return

    def empty_or_release(manager: Any) -> None:
        connection = manager.get_if_exists()
        if connection is None or connection.state != "open" or not is_emptied(connection):
            release(manager)

    manager_class.release = empty_or_release


def is_emptied(connection: Any) -> bool:
    """Empty the session of one of dbt's connections; return False where that fails."""
    psycopg2: Any = import_module("psycopg2")
    try:
        session = connection.handle
        session.rollback()
        connection.transaction_open = False
        session.autocommit = True
        with session.cursor() as cursor:
            cursor.execute("discard all")
        session.autocommit = False
    except psycopg2.Error:
        return False
    return True

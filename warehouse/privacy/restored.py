"""What a restored backup may bring back: people who were erased after it was made.

Source: the restored database; the log of erasures in the state folder.
Shape:  a sentence that says what to do before the next run, or None where the log is known.
Units:  none.
Errors: those of the log.
"""

from __future__ import annotations

import psycopg

from warehouse import state
from warehouse.privacy import erased, key


def warning(session: psycopg.Connection) -> str | None:
    """Return what the user has to do so that nobody comes back."""
    path = state.home() / erased.FILE
    if not path.exists():
        return (
            f"This state folder has no {erased.FILE}. If people were erased after the backup, "
            f"copy {erased.FILE} and {key.FILE} of the former state folder into this one, then "
            f"use `warehouse privacy reapply --from {path}` before the next run."
        )
    log = erased.log()
    if erased.missing(session, log):
        return (
            "People were erased after this backup; `warehouse privacy reapply` erases them "
            "again, and no run publishes before."
        )
    if erased.missing(session, log, is_of_any=True):
        return (
            f"{path} has erasures of another warehouse. If this is a backup of that one, made "
            "by a version that gave it no id, use `warehouse privacy reapply --from "
            f"{path}` before the next run."
        )
    return None

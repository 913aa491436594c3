"""How many blocks of the stored relations were looked at, as PostgreSQL counts them.

Units:  blocks, found in memory or read.
"""

from __future__ import annotations

import psycopg


def blocks_read(session: psycopg.Connection) -> dict[str, int]:
    """Return of each stored relation how many times a block of it was looked at."""
    session.execute("select pg_stat_force_next_flush()")
    return dict(
        session.execute(
            "select relname::text, heap_blks_read + heap_blks_hit"
            " from pg_statio_user_tables where schemaname = 'core'"
        ).fetchall()
    )

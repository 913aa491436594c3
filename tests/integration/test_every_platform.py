"""Every fixture in a real database: counts add up, once is enough, nothing private arrives."""

from __future__ import annotations

from datetime import UTC

import psycopg
from platform_files import INVALID, VALID, name_of
from psycopg import sql

from loaders.landing import TABLES, Source, land
from loaders.parsing.formats import Context
from loaders.reading.documents import Document
from loaders.registry import recognise


def test_every_fixture_lands_once(session: psycopg.Connection) -> None:
    for path in [*VALID, *INVALID]:
        with Document.open(path) as document:
            module, fmt = recognise(document)
            source = Source(workspace="fixtures", platform=module.PLATFORM)
            context = Context(account="declared", timezone=UTC)
            first = land(session, document, fmt, source, context)
            again = land(session, document, fmt, source, context)
        assert first.n_in == first.n_landed + first.n_rejected, name_of(path)
        assert (again.load_id, again.is_new) == (first.load_id, False), name_of(path)
        assert path.parts[-2] == "invalid" or first.n_rejected == 0, name_of(path)
    for table in TABLES.values():
        # fixtures have this word where platforms have addresses, devices and the like
        query = sql.SQL(
            "select count(*), count(*) filter (where one::text like '%PRIVATE%')"
            " from raw.{} as one"
        ).format(sql.Identifier(table.name))
        row = session.execute(query).fetchone()
        assert row is not None
        assert row[0] > 0, table.name
        assert row[1] == 0, table.name

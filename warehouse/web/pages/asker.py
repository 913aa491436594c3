"""What all visits of pages share: the database, and what was read from it.

Source: the published marts, read as the analyst.
Shape:  the rows of a question, kept until the marts change.
Units:  those of the marts.
Errors: ProblemError 503; QueryCanceled where a question takes too long.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from warehouse.web import statements
from warehouse.web.databases import Database
from warehouse.web.kept import Kept, Read
from warehouse.web.lists import Lists
from warehouse.web.pages import tables
from warehouse.web.pages.tables import Row
from warehouse.web.resources import Sort
from warehouse.web.statements import Condition

_NO_SORT = Sort("", ())


@dataclass
class Asker:
    """What all visits share: the database, and what was read from it."""

    database: Database
    lists: Lists
    kept: Kept = field(default_factory=Kept)
    late: dict[str, str] = field(default_factory=dict)  # question: version in which it was

    def rows(
        self,
        text: sql.Composable,
        given: Mapping[str, Any],
        version: str | None,
    ) -> list[Row]:
        """Return the rows of a question, one more than a page shows at most.

        What was read of a version is kept. What takes too long is asked once a version:
        others would wait for nothing, too.
        """
        asked = sql.SQL("select to_json(item)::text from (\n{}\n) as item limit {}").format(
            text, sql.Literal(tables.MOST_ROWS + 1)
        )

        def read(_: int) -> Read:
            with self.database.analyst() as session:
                return Read(session.execute(asked, given).fetchall())

        if version is None:
            return tables.decoded(read(0).rows)
        key = statements.fingerprint(text.as_string(None), _NO_SORT, [Condition("", "", given)])
        if self.late.get(key) == version:
            raise psycopg.errors.QueryCanceled
        try:
            return tables.decoded(self.kept.held(key, version, read).rows)
        except psycopg.errors.QueryCanceled:
            self.late = {each: at for each, at in self.late.items() if at == version}
            self.late[key] = version
            raise

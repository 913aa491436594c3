"""Pages of lists: read row by row behind a cursor, or cut from rows that are kept.

Source: a resource, the parameters of a request, the marts.
Shape:  the JSON text of an answer: {"items": […], "next": cursor or null}.
Units:  those of the marts.
Errors: ProblemError 404 for an unknown id, 422 for a cursor that is not of the question.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

import psycopg

from warehouse.web import parameters, statements
from warehouse.web.databases import Database
from warehouse.web.kept import Held, Kept, Read, Row
from warehouse.web.parameters import ListParameters
from warehouse.web.problems import ProblemError
from warehouse.web.resources import LISTS, List, Sort
from warehouse.web.statements import Condition, Position


class Lists:
    """The lists of one server, and what it keeps of them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept = Kept()

    def page(
        self,
        resource: List,
        conditions: Sequence[Condition],
        given: ListParameters,
        version: str | None,
    ) -> str:
        """Return a page; the version names what the marts show, null while that changes."""
        sort = next(sort for sort in resource.sorts if sort.name == given.sort)
        wanted = [*conditions, *parameters.conditions(resource, given)]
        question = statements.fingerprint(resource.path, sort, wanted)
        after = None
        if given.cursor is not None:
            try:
                after = statements.position(given.cursor, question, sort)
            except ValueError as error:
                raise ProblemError(422, f"cursor: {error}.") from None
        rows = None
        if resource.is_computed and version is not None:
            rows = _behind(self._held(resource, sort, wanted, version), after, given.limit)
        if rows is None:
            rows = self._read(resource, sort, wanted, given.limit + 1, after)
        if not rows and resource.parent is not None:
            self._check_parent(resource, conditions)
        items = ",".join(row[0] for row in rows[: given.limit])
        following = "null"
        if len(rows) > given.limit:
            following = f'"{statements.cursor(question, rows[given.limit - 1][1:])}"'
        return f'{{"items":[{items}],"next":{following}}}'

    def read(self, workspace: str, moment: str) -> Iterator[None]:
        """Read the lists that take long as their operations begin; it is kept.

        What takes too long is left to who asks for it.
        """
        for resource in LISTS:
            if resource.is_computed and resource.parent is None:
                given = parameters.model(resource).model_validate({})
                wanted = [Condition("workspace_id", "=", workspace)]
                with suppress(psycopg.errors.QueryCanceled):
                    self.page(resource, wanted, given, moment)
                yield

    def tally(self, resource: List, conditions: Sequence[Condition], version: str) -> str:
        """Return how many rows there are of each value of the columns that are tallied.

        They are counted as the first page is read, so the mart is computed once for both.
        """
        return self._held(resource, resource.sorts[0], conditions, version).tally

    def _held(
        self, resource: List, sort: Sort, wanted: Sequence[Condition], version: str
    ) -> Held:
        """Return what is kept of a question, which is read where nothing is."""

        def read(most: int) -> Read:
            if not resource.tallied:
                return Read(self._read(resource, sort, wanted, most, None))
            statement = statements.tallied(resource, sort, wanted, most)
            with self._database.analyst() as session:
                rows = session.execute(statement.text, statement.values).fetchall()
            return Read([row[:-1] for row in rows], rows[0][-1] if rows else "[]")

        question = statements.fingerprint(resource.path, sort, wanted)
        return self._kept.held(question, version, read)

    def _read(
        self,
        resource: List,
        sort: Sort,
        wanted: Sequence[Condition],
        most: int,
        after: Position | None,
    ) -> list[Row]:
        """Read at most so many rows."""
        rows: list[Row] = []
        with self._database.analyst() as session:
            for statement in statements.page(resource, sort, wanted, most, after):
                rows += session.execute(statement.text, statement.values).fetchall()
                if len(rows) >= most:
                    break
        return rows

    def _check_parent(self, resource: List, conditions: Sequence[Condition]) -> None:
        """Refuse an id that nobody has; an empty list is about one that exists."""
        assert resource.parent is not None
        about, *others = conditions
        known = [Condition(resource.parent.key, "=", about.value), *others]
        with self._database.analyst() as session:
            if found(session, resource.parent.mart, known) is None:
                raise unknown(resource.parent.noun, about.value)


def found(
    session: psycopg.Connection, mart: str, conditions: Sequence[Condition]
) -> str | None:
    """Return the row of a mart as JSON text; null where there is none."""
    statement = statements.row(mart, conditions)
    row = session.execute(statement.text, statement.values).fetchone()
    return None if row is None else str(row[0])


def unknown(noun: str, key: object) -> ProblemError:
    """Return the problem of an id that nobody has."""
    return ProblemError(404, f"There is no {noun} {key}.")


def _behind(held: Held, after: Position | None, count: int) -> Sequence[Row] | None:
    """Return the rows behind a position, and one more; null where some are not held."""
    start = 0
    if after is not None:
        wanted = tuple(after)
        places = (place for place, row in enumerate(held.rows, 1) if row[1:] == wanted)
        found_at = next(places, None)
        if found_at is None:
            return None
        start = found_at
    following = held.rows[start : start + count + 1]
    return following if held.is_complete or len(following) > count else None

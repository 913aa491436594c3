"""Rows about a person: those of the person's accounts, and those of others that name them.

Source: a relation, what its columns hold, a `Known` per account.
Shape:  a row as a dictionary of JSON values, once, however many accounts it is about. Of a row
        of somebody else only what is about the person stays: other accounts, names and native
        records are null, and a list keeps the elements that name the person.
Units:  bytes are text, as far as they are UTF-8.
Errors: those of the database.

A row is the person's own where a column holds an account. Where a relation has no such
column, it is where an id of something that the account did stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import psycopg
from psycopg import sql

from warehouse.privacy.columns import Column, Relation
from warehouse.privacy.person import Known

Row = dict[str, Any]
SEVERAL = "document"  # of a reject: what holds it together with records of others
BATCH = 1_000  # rows that are read at a time


def about(
    session: psycopg.Connection, relation: Relation, person: Sequence[Known]
) -> Iterator[Row]:
    """Yield the rows of a relation that are about a person; within a transaction."""
    own: list[sql.Composed] = []
    mention: list[sql.Composed] = []
    places: list[sql.Composed] = []
    for known in person:
        place = _place(session, relation, known)
        places.append(place)
        own += [_within(place, each) for each in _own(relation, known)]
        mention += [_within(place, each) for each in _mention(relation, known)]
    if not own and not mention:
        return
    statement = sql.SQL(
        "select * from (select to_jsonb(found) as content, ({}) as is_own, ({}) as is_about"
        " from {} as found where {}) as told where is_own or is_about"
    ).format(
        _any(own),
        _any(mention),
        sql.Identifier(relation.schema, relation.name),
        sql.SQL(" or ").join(places),
    )
    with session.cursor(name="rows_about_a_person") as cursor:
        cursor.itersize = BATCH
        for content, is_own, _ in cursor.execute(statement):
            row = {name: _readable(value) for name, value in content.items()}
            yield row if is_own else _of_others(relation, row, person)


def _within(place: sql.Composed, condition: sql.Composed) -> sql.Composed:
    """Return a condition on rows of an account's workspace and platform."""
    return sql.SQL("({} and {})").format(place, condition)


def _any(conditions: list[sql.Composed]) -> sql.Composable:
    """Return whether one of some conditions holds."""
    if not conditions:
        return sql.SQL("false")
    return sql.SQL("coalesce({}, false)").format(sql.SQL(" or ").join(conditions))


def _own(relation: Relation, known: Known) -> list[sql.Composed]:
    """Return the conditions that a row is the account's own."""
    found = [
        _is_one_of(column, _ids(column, known)) for column in relation.that_hold("account")
    ]
    found += [
        sql.SQL("{} = {}").format(sql.Identifier(column.name), sql.Literal(known.account_hash))
        for column in relation.that_hold("fingerprint")
        if column.name == "account_hash"
    ]
    if not found:
        found = [_is_one_of(c, _records(c, known)) for c in relation.that_hold("record")]
        names = [*known.usernames, *(f"@{name}" for name in known.usernames)]
        found += [_is_one_of(c, names) for c in relation.that_hold("name") if c.type == "text"]
    return found


def _mention(relation: Relation, known: Known) -> list[sql.Composed]:
    """Return the conditions that a row of somebody else is about the account."""
    found = [_is_one_of(c, _records(c, known)) for c in relation.that_hold("record")]
    if not known.mentions:
        return found
    for column in relation.that_hold("words", "document", "name"):
        is_bytes = column.type == "bytea"
        text = sql.SQL("encode({}, 'escape')" if is_bytes else "{}::text").format(
            sql.Identifier(column.name)
        )
        words = map(_escaped, known.mentions) if is_bytes else known.mentions
        found.append(sql.SQL("lower({}) ~ {}").format(text, sql.Literal(_pattern(words))))
    return found


def _place(session: psycopg.Connection, relation: Relation, known: Known) -> sql.Composed:
    """Return the condition that a row is of the account's workspace and platform."""
    names = {
        name
        for (name,) in session.execute(
            "select attname from pg_attribute where attrelid = %s and attnum > 0",
            (relation.oid,),
        )
    }
    within = [
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Literal(value))
        for name, value in (
            ("workspace_id", known.workspace_id),
            ("platform", known.platform),
        )
        if name in names
    ]
    if "workspace_id" not in names and "load_id" in names:
        within.append(
            sql.SQL(
                "load_id in (select load_id from raw.loads where workspace_id = {})"
            ).format(sql.Literal(known.workspace_id))
        )
    return sql.SQL("({})").format(sql.SQL(" and ").join(within or [sql.SQL("true").format()]))


def _ids(column: Column, known: Known) -> Sequence[Any]:
    return known.account_keys if column.type == "uuid" else known.actor_ids


def _records(column: Column, known: Known) -> Sequence[Any]:
    return known.record_keys if column.type == "uuid" else known.record_ids


def _is_one_of(column: Column, values: Sequence[Any]) -> sql.Composed:
    kind = sql.SQL("uuid[]" if column.type == "uuid" else "text[]")
    return sql.SQL("{} = any({}::{})").format(
        sql.Identifier(column.name), sql.Literal(list(values)), kind
    )


def _pattern(words: Iterable[str]) -> str:
    """Return a regular expression that finds one of some words where it stands alone."""
    either = "|".join(re.sub(r"([^\w\s])", r"\\\1", word) for word in words)
    return rf"(^|[^[:alnum:]_.-])({either})($|[^[:alnum:]_-])"


def _escaped(word: str) -> str:
    """Return a word as PostgreSQL's `encode` writes its bytes: ASCII, else octal digits."""
    codes = word.encode("utf-8", "surrogatepass")
    return "".join(chr(code) if code < 128 else f"\\{code:03o}" for code in codes)


def _of_others(relation: Relation, row: Row, person: Sequence[Known]) -> Row:
    """Return what a row of somebody else says about the person."""
    kept = {
        value
        for known in person
        for value in (*known.actor_ids, *known.usernames, *map(str, known.account_keys))
    }
    for column in relation.that_hold("account", "name"):
        if row[column.name] not in kept:
            row[column.name] = None
    for column in relation.that_hold("document"):
        is_of_several = column.name == SEVERAL
        row[column.name] = None if is_of_several else _elements(row[column.name], person)
    return row


def _elements(value: Any, person: Sequence[Known]) -> Any:
    """Return the elements of a list that name the person, and bytes that have an id.

    Null for anything else: a native record of somebody else, or a document of several.
    """
    if isinstance(value, str):
        ids = (actor_id for known in person for actor_id in known.actor_ids)
        return value if any(actor_id in value for actor_id in ids) else None
    if not isinstance(value, list):
        return None
    mentions = [word for known in person for word in known.mentions]
    return [each for each in value if any(word in str(each).lower() for word in mentions)]


def _readable(value: Any) -> Any:
    """Return bytes, which JSON has as hexadecimal digits, as text."""
    if isinstance(value, str) and value.startswith("\\x"):
        try:
            return bytes.fromhex(value[2:]).decode("utf-8", "replace")
        except ValueError:
            return value
    return value

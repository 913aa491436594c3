"""Rows about an account: its own, and those of others that name it.

Source: a relation, what its columns hold, a `Person`.
Shape:  a row as a dictionary of JSON values. Of a row of somebody else only what is about the
        account stays: other accounts, names and native records are null, and a list keeps the
        elements that name the account.
Units:  bytes are text, as far as they are UTF-8.
Errors: those of the database.

A row is the account's own where a column holds the account. Where a relation has no such
column, it is where an id of something that the account did stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import psycopg
from psycopg import sql

from warehouse.privacy.columns import Column, Relation
from warehouse.privacy.person import Person

Row = dict[str, Any]
SEVERAL = "document"  # of a reject: what holds it together with records of others
BATCH = 1_000  # rows that are read at a time


def about(session: psycopg.Connection, relation: Relation, person: Person) -> Iterator[Row]:
    """Yield the rows of a relation that are about an account; within a transaction."""
    own, mention = _own(relation, person), _mention(relation, person)
    if not own and not mention:
        return
    statement = sql.SQL(
        "select * from (select to_jsonb(found) as content, ({}) as is_own, ({}) as is_about"
        " from {} as found where {}) as told where is_own or is_about"
    ).format(
        _any(own),
        _any(mention),
        sql.Identifier(relation.schema, relation.name),
        _place(session, relation, person),
    )
    with session.cursor(name="rows_about_an_account") as cursor:
        cursor.itersize = BATCH
        for content, is_own, _ in cursor.execute(statement):
            row = {name: _readable(value) for name, value in content.items()}
            yield row if is_own else _of_others(relation, row, person)


def _any(conditions: list[sql.Composed]) -> sql.Composable:
    """Return whether one of some conditions holds."""
    if not conditions:
        return sql.SQL("false")
    return sql.SQL("coalesce({}, false)").format(sql.SQL(" or ").join(conditions))


def _own(relation: Relation, person: Person) -> list[sql.Composed]:
    """Return the conditions that a row is the account's own."""
    found = [
        _is_one_of(column, _ids(column, person)) for column in relation.that_hold("account")
    ]
    found += [
        sql.SQL("{} = {}").format(sql.Identifier(column.name), sql.Literal(person.account_hash))
        for column in relation.that_hold("fingerprint")
        if column.name == "account_hash"
    ]
    if not found:
        found = [_is_one_of(c, _records(c, person)) for c in relation.that_hold("record")]
        names = [*person.usernames, *(f"@{name}" for name in person.usernames)]
        found += [_is_one_of(c, names) for c in relation.that_hold("name") if c.type == "text"]
    return found


def _mention(relation: Relation, person: Person) -> list[sql.Composed]:
    """Return the conditions that a row of somebody else is about the account."""
    found = [_is_one_of(c, _records(c, person)) for c in relation.that_hold("record")]
    if not person.mentions:
        return found
    for column in relation.that_hold("words", "document", "name"):
        is_bytes = column.type == "bytea"
        text = sql.SQL("encode({}, 'escape')" if is_bytes else "{}::text").format(
            sql.Identifier(column.name)
        )
        words = map(_escaped, person.mentions) if is_bytes else person.mentions
        found.append(sql.SQL("lower({}) ~ {}").format(text, sql.Literal(_pattern(words))))
    return found


def _place(session: psycopg.Connection, relation: Relation, person: Person) -> sql.Composable:
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
            ("workspace_id", person.workspace_id),
            ("platform", person.platform),
        )
        if name in names
    ]
    if "workspace_id" not in names and "load_id" in names:
        within.append(
            sql.SQL(
                "load_id in (select load_id from raw.loads where workspace_id = {})"
            ).format(sql.Literal(person.workspace_id))
        )
    return sql.SQL(" and ").join(within) if within else sql.SQL("true")


def _ids(column: Column, person: Person) -> Sequence[Any]:
    return person.account_keys if column.type == "uuid" else person.actor_ids


def _records(column: Column, person: Person) -> Sequence[Any]:
    return person.record_keys if column.type == "uuid" else person.record_ids


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


def _of_others(relation: Relation, row: Row, person: Person) -> Row:
    """Return what a row of somebody else says about the account."""
    kept = {*person.actor_ids, *person.usernames, *map(str, person.account_keys)}
    for column in relation.that_hold("account", "name"):
        if row[column.name] not in kept:
            row[column.name] = None
    for column in relation.that_hold("document"):
        is_of_several = column.name == SEVERAL
        row[column.name] = None if is_of_several else _elements(row[column.name], person)
    return row


def _elements(value: Any, person: Person) -> Any:
    """Return the elements of a list that name the account, and bytes that have its id.

    Null for anything else: a native record of somebody else, or a document of several.
    """
    if isinstance(value, str):
        return value if any(actor_id in value for actor_id in person.actor_ids) else None
    if not isinstance(value, list):
        return None
    return [
        each for each in value if any(word in str(each).lower() for word in person.mentions)
    ]


def _readable(value: Any) -> Any:
    """Return bytes, which JSON has as hexadecimal digits, as text."""
    if isinstance(value, str) and value.startswith("\\x"):
        try:
            return bytes.fromhex(value[2:]).decode("utf-8", "replace")
        except ValueError:
            return value
    return value

"""What is stored, relation by relation, beside the bytes that were delivered.

Source: the server's own sizes, of everything outside its catalogues.
Shape:  one `Relation` per table or partition, largest first; views store nothing.
Units:  bytes; `total` has indexes and long values in it.
Errors: those of the database.
"""

from __future__ import annotations

from dataclasses import dataclass

from warehouse.connection import Target


@dataclass(frozen=True)
class Relation:
    """One table and what is beside it."""

    name: str
    rows: int
    indexes: int
    total: int


def relations(target: Target) -> list[Relation]:
    """Every table that is not empty; rows as the statistics have them."""
    with target.connect() as session:
        found = session.execute(
            "select format('%s.%s', spc.nspname, cls.relname),"
            " greatest(cls.reltuples, 0)::bigint,"
            " pg_indexes_size(cls.oid), pg_total_relation_size(cls.oid)"
            " from pg_class as cls inner join pg_namespace as spc"
            " on cls.relnamespace = spc.oid"
            " where cls.relkind in ('r', 'm') and spc.nspname not like 'pg\\_%'"
            " and spc.nspname <> 'information_schema'"
            " and pg_total_relation_size(cls.oid) > 0"
            " order by 4 desc, 1"
        )
        return [Relation(*row) for row in found]

"""What landed and reaches no mart, in a few sentences for the report of a run.

Source: marts.unshown_records.
Shape:  one sentence per kind, bounded: how many records, how many names, the most frequent.
Units:  records; only names that the loads of this run had, counted over all loads.
Errors: those of the database.
"""

from __future__ import annotations

import psycopg

SENTENCES = {
    "unmapped_type": "interactions of {names} without a type",
    "unmapped_counter": "reported numbers of {names} without a type",
    "set_aside": "fields set aside, of {names}",
    "passed_over": "fields not read, of {names}",
}
SHOWN = 3
FOUND = """
with fresh as (
    select min(received_at) as first_received_at
    from raw.loads
    where run_seq > %s and run_seq <= %s
),

named as (
    select
        uns.kind,
        uns.native_name,
        sum(uns.record_count)::bigint as record_count
    from marts.unshown_records as uns
    inner join fresh on uns.last_landed_at >= fresh.first_received_at
    group by uns.kind, uns.native_name
)

select
    kind,
    sum(record_count)::bigint,
    count(*),
    (array_agg(native_name order by record_count desc, native_name))[1:%s],
    (array_agg(record_count order by record_count desc, native_name))[1:%s]
from named
group by kind
order by kind
"""


def found(session: psycopg.Connection, after: int, run_seq: int) -> tuple[str, ...]:
    """Return a sentence per kind of what the loads of some runs had that no mart shows."""
    rows = session.execute(FOUND, (after, run_seq, SHOWN, SHOWN)).fetchall()
    return tuple(_sentence(*row) for row in rows)


def _sentence(
    kind: str, record_count: int, name_count: int, names: list[str], counts: list[int]
) -> str:
    told = f"{name_count:,} name{'' if name_count == 1 else 's'}"
    most = ", ".join(f"{name} {count:,}" for name, count in zip(names, counts, strict=True))
    of_all = ", the most frequent" if name_count > len(names) else ""
    return f"{record_count:,} {SENTENCES[kind].format(names=told)}{of_all}: {most}"

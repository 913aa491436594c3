"""Defects of loads and runs: watermarks, kills, replays, declarations and exports."""

from __future__ import annotations

from defects.defect import (
    ADDING,
    COMMITS,
    DECLARATIONS,
    EXPORTS,
    IDENTITY,
    KILLS,
    OVERTAKING,
    REPLAYS,
    RUNS,
    SCHEMA,
    STAGED,
    Defect,
)

DEFECTS_OF_RUNS = (
    Defect(
        "A load that commits after a later one is passed over (max(load_id) as watermark)",
        SCHEMA,
        "    where run_seq is null and (own_holder is null or gated_at is not null);",
        "    where run_seq is null and load_id > (select coalesce(max(load_id), 0)"
        " from raw.loads where run_seq is not null);",
        COMMITS,
    ),
    Defect(
        "A load that was received before a later one is passed over (max(received_at))",
        SCHEMA,
        "    where run_seq is null and (own_holder is null or gated_at is not null);",
        "    where run_seq is null and received_at > (select coalesce(max(received_at),"
        " '-infinity') from raw.loads where run_seq is not null);",
        COMMITS,
    ),
    Defect(
        "A run leaves the newest load for the next one",
        SCHEMA,
        "    where run_seq is null and (own_holder is null or gated_at is not null);",
        "    where run_seq is null and load_id < (select max(load_id) from raw.loads);",
        COMMITS,
    ),
    Defect(
        "What a model has consumed ends one run too early",
        RUNS,
        "run_seq > {{ last }} and {{ entry }}.run_seq <= {{ current_watermark() }}",
        "run_seq > {{ last }} and {{ entry }}.run_seq < {{ current_watermark() }}",
        COMMITS,
    ),
    Defect(
        "The last run is consumed twice",
        RUNS,
        "run_seq > {{ last }} and {{ entry }}.run_seq <= {{ current_watermark() }}",
        "run_seq >= {{ last }} and {{ entry }}.run_seq <= {{ current_watermark() }}",
        COMMITS,
    ),
    Defect(
        "The ledger reads the loads of this run alone, not those that a dead run left",
        RUNS,
        "~ last ~ ' and run_seq <= ' ~ current_watermark()\n            ~ ' order",
        "~ last ~ ' and run_seq = ' ~ current_watermark()\n            ~ ' order",
        KILLS,
    ),
    Defect(
        "A model remembers no progress",
        SCHEMA,
        "    set run_seq = reached, as_of = reached_as_of, basis = new_basis\n",
        "    set run_seq = run_seq, as_of = reached_as_of, basis = new_basis\n",
        COMMITS,
    ),
    Defect(
        "Progress is saved one run too far",
        "macros/relations/stored.sql",
        "{{ 'null' if last is none else last }},\n                {{ current_watermark() }}",
        "{{ 'null' if last is none else last }},\n"
        "                {{ current_watermark() }} + 1",
        COMMITS,
    ),
    Defect(
        "A load that declares more is taken for one that declares less",
        IDENTITY,
        "        is_forgotten = key in FORGETTABLE and less.get(key) is None\n",
        "        is_forgotten = key in FORGETTABLE\n",
        DECLARATIONS,
    ),
    Defect(
        "A load takes back what it cannot read, because a replay could",
        IDENTITY,
        "            former = replaced  # replays number their records otherwise\n",
        "            pass\n",
        DECLARATIONS,
    ),
    Defect(
        "An older export that comes later wins",
        STAGED,
        "            case when not itr.is_retracted then lds.documented_at end,\n",
        "",
        EXPORTS,
    ),
    Defect(
        "Sums that are zero are stored",
        ADDING,
        "    when not matched and fresh.{{ added[0] }} <> 0 then\n",
        "    when not matched then\n",
        KILLS,
    ),
    Defect(
        "Stored totals are replaced by what is new",
        ADDING,
        "stored.{{ column }} + fresh.{{ column }}\n",
        "fresh.{{ column }}\n",
        COMMITS,
    ),
    Defect(
        "Only the first reject of a load is replayed, and all of them are marked",
        "warehouse/rejects.py",
        "            if offset in written:\n",
        "            if offset in written or len(tried) > 1:\n",
        REPLAYS,
    ),
    Defect(
        "Two replays are taken for one",
        "loaders/landing/identity.py",
        '    return hashlib.sha256(b"%d:" % replay_of + document.sha256).digest()',
        '    return b"a replay"',
        REPLAYS,
    ),
    Defect(
        "Two runs write at the same time: nobody looks at the fence",
        SCHEMA,
        "    if holder is distinct from invocation then\n",
        "    if false then\n",
        OVERTAKING,
    ),
    Defect(
        "A run that was overtaken moves a model that somebody else has moved",
        SCHEMA,
        "    where schema_name = of_schema and model_name = of_model and run_seq = expected;\n",
        "    where schema_name = of_schema and model_name = of_model;\n",
        OVERTAKING,
    ),
    Defect(
        "The latest landing is taken for the first",
        "models/totals/follower_totals.sql",
        "            else least(\n                sms.first_landed_at",
        "            else greatest(\n                sms.first_landed_at",
        COMMITS,
    ),
    Defect(
        "A run goes on consuming up to the run before it",
        SCHEMA,
        "    update raw.run_fence set run_seq = started, invocation_id = invocation;\n",
        "    update raw.run_fence set invocation_id = invocation;\n",
        COMMITS,
    ),
    Defect(
        "A rejected record is not kept",
        "loaders/landing/writing.py",
        "            self._wait(REJECTS, _reject(self._load_id, outcome))\n",
        "            pass\n",
        REPLAYS,
    ),
)

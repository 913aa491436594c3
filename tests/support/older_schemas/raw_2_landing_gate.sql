-- The raw contract: what was delivered, as delivered, and what was taken up by which run.
-- The only DDL of `raw`; every statement may run again. Written by `loaders.landing` alone,
-- read by `models/staging/` and the landing gate (`warehouse.gate`, which keeps its counts);
-- runs and progress are kept by `macros/runs/`.

create schema if not exists raw;

comment on schema raw is 'Append-only observations as platforms delivered them, and the runs that took them up.';

create table if not exists raw.loads (
    load_id bigint generated always as identity primary key,
    workspace_id text not null,
    platform text not null,
    format text not null,
    source_name text not null,
    account text,
    timezone text,
    content_sha256 bytea not null,
    n_in bigint not null default 0,
    n_landed bigint not null default 0,
    n_rejected bigint not null default 0,
    n_suppressed bigint not null default 0,
    received_at timestamptz not null default transaction_timestamp(),
    committed_at timestamptz,
    replay_of bigint references raw.loads (load_id),
    gated_at timestamptz,
    run_seq bigint,
    constraint loads_are_accounted_for check (n_in = n_landed + n_rejected + n_suppressed),
    constraint loads_land_once unique (workspace_id, platform, content_sha256)
);
alter table raw.loads add column if not exists gated_at timestamptz;  -- made before the gate
create index if not exists loads_pending on raw.loads (load_id) where run_seq is null;
create index if not exists loads_by_run on raw.loads (run_seq);
comment on table raw.loads is 'One row per landed file or body. The same bytes for the same workspace and platform land once. committed_at is taken just before the commit; run_seq is null until a run takes the load up; gated_at is when the landing gate let it through, null where none was asked.';

create table if not exists raw.interactions (
    load_id bigint not null,
    line_no bigint not null,
    workspace_id text not null,
    platform text not null,
    native_id text not null,
    native_type text not null,
    native_kind text,
    actor_id text,
    actor_kind text,
    post_id text,
    thread_id text,
    parent_id text,
    text text,
    sentiment text,
    occurred_at timestamptz,
    time_precision text not null,
    version_at timestamptz,
    is_retracted boolean not null,
    key_quality text not null,
    metadata jsonb,
    payload jsonb
);
create index if not exists interactions_by_load on raw.interactions (load_id);
comment on table raw.interactions is 'One row per delivered state of an interaction, in native words. No unique key: the ledger counts each interaction once.';

create table if not exists raw.profiles (
    load_id bigint not null,
    line_no bigint not null,
    workspace_id text not null,
    platform text not null,
    actor_id text not null,
    actor_kind text,
    username text,
    display_name text,
    profile_url text,
    follower_count bigint check (follower_count >= 0),
    is_verified boolean,
    observed_at timestamptz
);
create index if not exists profiles_by_load on raw.profiles (load_id);
comment on table raw.profiles is 'One row per delivered description of an account. A null follower count is unknown, not zero.';

create table if not exists raw.posts (
    load_id bigint not null,
    line_no bigint not null,
    workspace_id text not null,
    platform text not null,
    post_id text not null,
    native_type text,
    title text,
    url text,
    posted_at timestamptz,
    author_id text,
    community_id text,
    community_name text
);
create index if not exists posts_by_load on raw.posts (load_id);
comment on table raw.posts is 'One row per delivered description of a post: video, post, channel, thread.';

create table if not exists raw.counters (
    load_id bigint not null,
    line_no bigint not null,
    workspace_id text not null,
    platform text not null,
    post_id text not null,
    native_metric text not null,
    value bigint not null check (value >= 0),
    observed_at timestamptz
);
create index if not exists counters_by_load on raw.counters (load_id);
comment on table raw.counters is 'One row per number that a platform reported for a post at a time. Counters are never people.';

create table if not exists raw.content (
    load_id bigint not null,
    line_no bigint not null,
    workspace_id text not null,
    content_id text not null,
    title text,
    slug text,
    posts jsonb not null,
    tags jsonb not null
);
create index if not exists content_by_load on raw.content (load_id);
comment on table raw.content is 'One row per delivered description of a content item: its posts [{platform, post_id}] and tags [{type, value}]. The latest delivery holds.';

create table if not exists raw.decisions (
    decision_id bigint generated always as identity primary key,
    workspace_id text not null,
    platform text not null,
    actor_id text not null,
    decision text not null check (
        decision in (
            'vip', 'normal', 'blocked', 'flagged', 'unflagged', 'staff', 'not_staff',
            'bot', 'not_bot', 'opted_out', 'erased'
        )
    ),
    reason text,
    notes text,
    decided_by text not null default current_user,
    decided_at timestamptz not null default transaction_timestamp()
);
comment on table raw.decisions is 'What people decided about an account. Append-only; of each kind of decision the latest wins.';

create table if not exists raw.rejects (
    load_id bigint not null,
    line_no bigint not null,
    byte_offset bigint not null,
    byte_count bigint not null,
    is_cut boolean not null,
    raw bytea not null,
    document bytea,
    document_offset bigint,
    replay_load_id bigint references raw.loads (load_id),
    reason text not null check (
        reason in (
            'invalid_encoding', 'invalid_json', 'invalid_csv', 'invalid_text', 'too_large',
            'missing_field', 'invalid_field', 'invalid_id', 'invalid_time', 'naive_time',
            'time_out_of_range', 'invalid_count', 'unsupported_record'
        )
    ),
    detail text not null,
    primary key (load_id, line_no)
);
comment on table raw.rejects is 'One row per native record that could not be landed: its bytes, where they stood and why. Bytes are exact but for private values (e-mail and IP addresses, phone numbers, devices, places, secrets): these have stand-ins of the same form. byte_count: the length as delivered. is_cut: only the beginning is kept. document: the smallest document that holds the record, where its bytes alone are none; document_offset: where that which it holds stood, the same for all records of one document. replay_load_id: the later load that tried it again.';

create index if not exists rejects_open on raw.rejects (reason) where replay_load_id is null;

create table if not exists raw.load_counts (
    load_id bigint not null,
    platform text not null,
    native_type text not null,
    native_kind text,
    is_mapped boolean not null,
    interaction_count bigint not null,
    actor_id_null_count bigint not null,
    occurred_at_null_count bigint not null,
    text_null_count bigint not null,
    future_count bigint not null
);
create index if not exists load_counts_by_load on raw.load_counts (load_id);
comment on table raw.load_counts is 'One row per load, platform, native type and kind: what the landing gate counted of the interactions that are not retracted, so that later loads are compared without reading raw rows again. future_count: later than a day after they were received.';

-- Runs ----------------------------------------------------------------------------------

create table if not exists raw.runs (
    run_seq bigint generated always as identity primary key,
    invocation_id text not null unique,
    started_at timestamptz not null default transaction_timestamp(),
    finished_at timestamptz,
    is_successful boolean,
    project_fingerprint text
);
comment on table raw.runs is 'One row per dbt run that took up loads. Runs are numbered in the order in which they began.';

create table if not exists raw.run_fence (
    is_only_row boolean primary key default true check (is_only_row),
    run_seq bigint not null,
    invocation_id text not null
);
comment on table raw.run_fence is 'The run that may write. Every model shares a lock on this row while it writes; a new run takes it exclusively, so what is left of an older run cannot interleave.';

create table if not exists raw.model_progress (
    schema_name text not null,
    model_name text not null,
    run_seq bigint not null,
    basis text,
    primary key (schema_name, model_name)
);
comment on table raw.model_progress is 'Up to which run each model has consumed its input, saved in the transaction that wrote the data. basis: fingerprint of what else the stored rows depend on (a mapping, a time zone, a view''s own text).';

-- The advisory lock that `warehouse run` holds; no other program may use this number.
create or replace function raw.run_lock_key() returns bigint
language sql immutable as $$ select 7281943650123::bigint $$;

create or replace function raw.begin_run(invocation text) returns bigint
language plpgsql as $$
declare
    -- the session that holds the run lock for this run, where `warehouse run` started it
    own_holder integer := nullif(current_setting('warehouse.lock_holder', true), '');
    other_holder integer;
    started bigint;
begin
    select lck.pid into other_holder
    from pg_catalog.pg_locks as lck
    inner join pg_catalog.pg_database as dat on lck.database = dat.oid
    where
        lck.locktype = 'advisory' and lck.granted and lck.objsubid = 1
        and dat.datname = current_database()
        and ((lck.classid::bigint << 32) | lck.objid::bigint) = raw.run_lock_key()
        and lck.pid is distinct from own_holder
    limit 1;
    if found then
        raise exception 'another run is active (server process %)', other_holder
            using hint = 'Wait until it has finished, then run again.';
    end if;
    insert into raw.run_fence (run_seq, invocation_id) values (0, '')
    on conflict (is_only_row) do nothing;
    perform 1 from raw.run_fence for update;
    insert into raw.runs (invocation_id) values (invocation) returning run_seq into started;
    update raw.run_fence set run_seq = started, invocation_id = invocation;
    update raw.loads set run_seq = started
    where run_seq is null and (own_holder is null or gated_at is not null);
    return started;
end $$;
comment on function raw.begin_run(text) is 'Numbers all committed, unnumbered loads with a new run and lets only this run write from now on. Within `warehouse run` only those that its landing gate let through.';

create or replace function raw.check_fence(invocation text) returns void
language plpgsql as $$
declare
    holder text;
begin
    select invocation_id into holder from raw.run_fence for share;
    if holder is distinct from invocation then
        raise exception 'a newer run has begun; this one must not write any more'
            using hint = 'Nothing is lost: the newer run takes up what this one left.';
    end if;
end $$;
comment on function raw.check_fence(text) is 'Raises unless the given dbt invocation is the run that may write; holds a shared lock until the transaction ends.';

create or replace function raw.save_progress(
    of_schema text, of_model text, expected bigint, reached bigint, new_basis text
) returns void
language plpgsql as $$
begin
    if expected is null then
        insert into raw.model_progress (schema_name, model_name, run_seq, basis)
        values (of_schema, of_model, reached, new_basis)
        on conflict (schema_name, model_name)
        do update set run_seq = excluded.run_seq, basis = excluded.basis;
        return;
    end if;
    update raw.model_progress set run_seq = reached, basis = new_basis
    where schema_name = of_schema and model_name = of_model and run_seq = expected;
    if not found then
        raise exception '%.% was brought forward by another run meanwhile', of_schema, of_model
            using hint = 'Run again.';
    end if;
end $$;
comment on function raw.save_progress(text, text, bigint, bigint, text) is 'Records that a model has consumed everything up to a run; raises if somebody else moved it from the expected run. A null expectation means that the model was built whole.';

-- The raw contract: what was delivered, as delivered, and what was taken up by which run.
-- The only DDL of `raw`; every statement may run again. Written by `loaders.landing` (decisions
-- by `warehouse.decisions`, labels by `warehouse.labels`, notifications by
-- `warehouse.notifications`, cursors of pulls by `warehouse.pulling`, wishes of people by
-- `warehouse.privacy`), read by `models/staging/` and the
-- landing gate (`warehouse.gate`, which keeps its counts); runs and progress are kept by
-- `macros/runs/`.

create schema if not exists raw;

comment on schema raw is 'Append-only observations as platforms delivered them, and the runs that took them up. [engagement warehouse: raw]';

create table if not exists raw.loads (
    load_id bigint generated always as identity primary key,
    workspace_id text not null,
    platform text not null,
    format text not null,
    source_name text not null,
    account text,
    timezone text,
    options jsonb,
    content_sha256 bytea not null,
    n_in bigint not null default 0,
    n_landed bigint not null default 0,
    n_rejected bigint not null default 0,
    n_suppressed bigint not null default 0,
    received_at timestamptz not null default transaction_timestamp(),
    documented_at timestamptz,
    committed_at timestamptz,
    replay_of bigint references raw.loads (load_id),
    gated_at timestamptz,
    run_seq bigint,
    constraint loads_are_accounted_for check (n_in = n_landed + n_rejected + n_suppressed),
    constraint loads_land_once unique nulls not distinct (
        workspace_id, platform, content_sha256, account, timezone, options
    )
);
alter table raw.loads add column if not exists gated_at timestamptz;  -- made before the gate
alter table raw.loads add column if not exists documented_at timestamptz;
alter table raw.loads add column if not exists options jsonb;
-- made before what was declared identified a load, too
do $$ begin
    if exists (
        select from pg_catalog.pg_constraint
        where
            conrelid = 'raw.loads'::regclass and conname = 'loads_land_once'
            and cardinality(conkey) = 3
    ) then
        alter table raw.loads drop constraint loads_land_once;
        alter table raw.loads add constraint loads_land_once unique nulls not distinct (
            workspace_id, platform, content_sha256, account, timezone, options
        );
    end if;
end $$;
create index if not exists loads_pending on raw.loads (load_id) where run_seq is null;
create index if not exists loads_by_run on raw.loads (run_seq);
create index if not exists loads_without_times on raw.loads (workspace_id, platform)
where documented_at is null and n_landed > 0;
comment on table raw.loads is 'One row per landed file or body. The same bytes land once for the same workspace, platform and declarations (account, timezone, and options: other declarations, such as the channel that a file''s name says). committed_at is taken just before the commit; run_seq is null until a run takes the load up; gated_at is when the landing gate let it through, null where none was asked. documented_at: the newest time that the document itself proves (of any of its records, never later than received_at): what it says is as new as that.';

create table if not exists raw.load_notes (
    load_id bigint not null references raw.loads (load_id) on delete cascade,
    kind text not null check (kind in ('set_aside', 'passed_over', 'repaired')),
    field text not null,
    reason text not null,
    record_count bigint not null check (record_count > 0),
    first_line_no bigint not null,
    primary key (load_id, kind, field, reason)
);
comment on table raw.load_notes is 'One row per load, field and reason: fields of landed records that were set aside because their value was wrong, fields and lists that the loader does not read (passed_over), and values that were repaired. Nothing of a record disappears without a row here.';

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
    community_name text,
    owner_id text,
    is_removed boolean,
    observed_at timestamptz
);
alter table raw.posts add column if not exists owner_id text;
alter table raw.posts add column if not exists is_removed boolean;
alter table raw.posts add column if not exists observed_at timestamptz;
create index if not exists posts_by_load on raw.posts (load_id);
create index if not exists posts_of_discord on raw.posts (post_id)
where platform = 'discord' and native_type is distinct from 'message';
comment on table raw.posts is 'One row per delivered description of a post: video, post, channel, thread. owner_id: the account that runs the place, such as the Page or the channel of a video. is_removed: whether the platform says that the post is gone; null: it says nothing.';

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

create table if not exists raw.identity_evidence (
    load_id bigint not null,
    line_no bigint not null,
    workspace_id text not null,
    platform text not null,
    actor_id text not null,
    other_actor_id text not null,
    native_type text not null,
    observed_at timestamptz
);
create index if not exists identity_evidence_by_load on raw.identity_evidence (load_id);
comment on table raw.identity_evidence is 'One row per delivered statement that two accounts of a platform are of one human, as when a visitor logs in: who acted under either id. Not an interaction; nothing is counted from it.';

create table if not exists raw.decisions (
    decision_id bigint generated always as identity primary key,
    workspace_id text not null,
    platform text not null,
    actor_id text not null,
    decision text not null check (
        decision in (
            'vip', 'normal', 'blocked', 'flagged', 'unflagged', 'staff', 'not_staff',
            'bot', 'not_bot', 'own', 'audience', 'opted_out', 'opted_in', 'erased'
        )
    ),
    reason text,
    notes text,
    decided_by text not null default current_user,
    decided_at timestamptz not null default transaction_timestamp(),
    run_seq bigint
);
alter table raw.decisions add column if not exists run_seq bigint;  -- made before runs took them up
-- made before people could opt in again
do $$ begin
    if exists (
        select from pg_catalog.pg_constraint
        where
            conrelid = 'raw.decisions'::regclass
            and conname = 'decisions_decision_check'
            and pg_catalog.pg_get_constraintdef(oid) not like '%''opted_in''%'
    ) then
        alter table raw.decisions drop constraint decisions_decision_check;
        alter table raw.decisions add constraint decisions_decision_check check (
            decision in (
                'vip', 'normal', 'blocked', 'flagged', 'unflagged', 'staff', 'not_staff',
                'bot', 'not_bot', 'own', 'audience', 'opted_out', 'opted_in', 'erased'
            )
        );
    end if;
end $$;
create index if not exists decisions_pending on raw.decisions (decision_id) where run_seq is null;
create index if not exists decisions_by_run on raw.decisions (run_seq);
create index if not exists decisions_by_account on raw.decisions (workspace_id, platform, actor_id);
comment on table raw.decisions is 'What people decided about an account. Append-only; of each kind of decision the latest wins. run_seq is null until a run takes the decision up.';

create table if not exists raw.labels (
    load_id bigint not null,
    line_no bigint not null,
    workspace_id text not null,
    platform text not null,
    native_id text not null,
    text_fingerprint text not null,
    labeler text not null,
    labeler_version text not null,
    language text not null,
    score double precision not null,
    sentiment text not null check (sentiment in ('positive', 'neutral', 'negative'))
);
create index if not exists labels_by_load on raw.labels (load_id);
comment on table raw.labels is 'One row per sentiment that a labeler gave the text of an interaction. A label belongs to a text (text_fingerprint: its md5): when the text is edited it does not apply any more. Written by `warehouse label`, in loads of their own.';

create table if not exists raw.labelled_loads (
    load_id bigint not null references raw.loads (load_id) on delete cascade,
    labeler text not null,
    labeler_version text not null,
    primary key (load_id, labeler, labeler_version)
);
comment on table raw.labelled_loads is 'Which loads a labeler of a version has read, so that it reads each once.';

create table if not exists raw.landing_checks (
    workspace_id text not null,
    platform text not null,
    format text not null,
    checked_at timestamptz not null,
    record_count bigint not null,
    problem_count bigint not null,
    critical_count bigint not null,
    problems text,
    is_held boolean not null,
    primary key (workspace_id, platform, format)
);
comment on table raw.landing_checks is 'One row per workspace, platform and format: what the newest quality gate found in the loads that waited then.';

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
-- made before rejects could be replayed
do $$ begin
    if not exists (
        select from pg_catalog.pg_attribute
        where attrelid = 'raw.rejects'::regclass and attname = 'is_cut'
    ) then
        alter table raw.rejects add column is_cut boolean not null default false;
        alter table raw.rejects alter column is_cut drop default;
        update raw.rejects set is_cut = true where byte_count > length(raw);
    end if;
end $$;
alter table raw.rejects add column if not exists document bytea;
alter table raw.rejects add column if not exists document_offset bigint;
alter table raw.rejects add column if not exists replay_load_id bigint references raw.loads (load_id);
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

-- Retention: what a purge took away and what it left (`warehouse.purge`) ------------------

create table if not exists raw.purged_interactions (
    interaction_id uuid primary key
);
comment on table raw.purged_interactions is 'One row per purged interaction: its key alone, by which later deliveries of it are passed over.';

create table if not exists raw.archived_interactions (
    archive_id bigint generated always as identity primary key,
    run_seq bigint not null,
    workspace_id text not null,
    platform text not null,
    follower_id uuid,
    post_id uuid,
    thread_id uuid,
    parent_id uuid,
    platform_user_id text,
    platform_post_id text,
    actor_kind text,
    native_type text not null,
    native_kind text,
    sentiment text,
    time_precision text not null,
    is_retracted boolean not null,
    interaction_count integer not null check (interaction_count > 0),
    later_decayed_count numeric,
    decay_basis text not null,
    load_id bigint not null,
    first_at timestamptz,
    last_at timestamptz,
    first_received_at timestamptz not null,
    last_received_at timestamptz not null,
    purged_at timestamptz not null default transaction_timestamp()
);
alter table raw.archived_interactions add column if not exists parent_id uuid;
create index if not exists archived_interactions_by_follower
on raw.archived_interactions (follower_id);
comment on table raw.archived_interactions is 'What purges left of interactions, so that totals stay: one row per purge and group of interactions that are alike but for what is gone (text, metadata, native record, own id) and lie on one local day. later_decayed_count: what all but the first weigh in the decayed score, by the vars in decay_basis. run_seq: the run that every model had consumed.';

create table if not exists raw.archived_views (
    workspace_id text not null,
    post_id uuid not null,
    platform_post_id text not null,
    is_short_view boolean not null,
    duration_ms bigint,
    scroll_depth numeric,
    view_count bigint not null check (view_count > 0)
);
comment on table raw.archived_views is 'How long purged views of product posts lasted and how far they went: how often each pair of numbers came, of nobody and no day, so that means and medians stay.';

-- Notifications (`warehouse.notifications`) ----------------------------------------------

create table if not exists raw.notifications (
    notification_id bigint generated always as identity primary key,
    channel text not null,
    message_key uuid not null,
    workspace_id text not null,
    follower_id uuid not null,
    alert_kind text not null,
    severity text not null,
    intended_at timestamptz not null default transaction_timestamp(),
    attempt_count integer not null default 0,
    attempted_at timestamptz,
    problem text,
    sent_at timestamptz,
    ended_at timestamptz
);
create unique index if not exists notifications_once
on raw.notifications (channel, follower_id, alert_kind)
where ended_at is null;
comment on table raw.notifications is 'One row per alert and channel that it is sent to: entered before it is sent, confirmed (sent_at) after. message_key: of the message that carries it, with other alerts in a digest; every attempt to send the message has this key. problem: why the last attempt failed. ended_at: since when the alert has not been in marts.engagement_alerts; when it is raised again, it is another one. Holds no address and no text.';

-- A lock on a table, as raw.run_lock.
create table if not exists raw.notify_lock (
    is_only_row boolean primary key default true check (is_only_row)
);
comment on table raw.notify_lock is 'Empty. `warehouse notify` holds an exclusive lock on it in a transaction of its own, so that one works at a time.';

-- Privacy (`warehouse.privacy`) -----------------------------------------------------------

create table if not exists raw.privacy_requests (
    request_id bigint generated always as identity primary key,
    request_kind text not null check (
        request_kind in ('opt_out', 'opt_in', 'export', 'erase')
    ),
    workspace_id text not null,
    account_hash bytea not null,
    reason text,
    row_counts jsonb not null default '{}',
    requested_by text not null default current_user,
    requested_at timestamptz not null default transaction_timestamp(),
    finished_at timestamptz
);
create index if not exists privacy_requests_by_account on raw.privacy_requests (account_hash);
comment on table raw.privacy_requests is 'One row per command that a person''s wish was carried out with. account_hash: HMAC-SHA256 of workspace, platform and id of the account; its key is never in the database. row_counts: how many rows of which relation were concerned. finished_at: since when the command''s promise holds, null where it did not end. Names nobody.';

create table if not exists raw.erased_values (
    workspace_id text not null,
    value_kind text not null check (
        value_kind in ('account', 'account_key', 'record', 'word', 'piece')
    ),
    value_hash bytea not null,
    piece_count integer,
    request_id bigint not null references raw.privacy_requests (request_id),
    primary key (workspace_id, value_kind, value_hash)
);
comment on table raw.erased_values is 'One row per id or name by which an erased account was known: its HMAC-SHA256 with the key of raw.privacy_requests. Deliveries that hold one are suppressed or land without it. piece_count: of a word, how many runs of letters and digits it is.';

create table if not exists raw.warehouse_identity (
    is_only_row boolean primary key default true check (is_only_row),
    warehouse_id uuid not null default gen_random_uuid()
);
insert into raw.warehouse_identity default values on conflict (is_only_row) do nothing;
comment on table raw.warehouse_identity is 'By what the log of erasures in the state folder knows this warehouse, also after it was restored.';

-- Pulls (`warehouse.pulling`) ------------------------------------------------------------

create table if not exists raw.pull_sources (
    source_name text primary key,
    began_at timestamptz,
    ended_at timestamptz,
    problem text,
    wait_until timestamptz,
    budget_date date,
    spent_units bigint not null default 0 check (spent_units >= 0)
);
comment on table raw.pull_sources is 'One row per source of sources.toml that was pulled: when it last began and ended, why it stopped, until when its platform wants no request. spent_units: what its requests cost on budget_date, counted before each is sent. Holds no token.';

create table if not exists raw.pull_cursors (
    source_name text not null,
    item text not null,
    workspace_id text not null,
    state jsonb not null,
    reached_at timestamptz,
    is_backfilling boolean not null default false,
    load_id bigint references raw.loads (load_id) on delete set null,
    moved_at timestamptz not null default clock_timestamp(),
    problem text,
    primary key (source_name, item, workspace_id)
);
comment on table raw.pull_cursors is 'One row per followed item of a source: how far it is pulled. state: where the next pull goes on. reached_at: everything older has been asked for. is_backfilling: a backfill is unfinished. It is written in the transaction of the load that it rests on, load_id; null where the last answer held nothing.';

-- A lock on a table, as raw.run_lock.
create table if not exists raw.pull_lock (
    is_only_row boolean primary key default true check (is_only_row)
);
comment on table raw.pull_lock is 'Empty. `warehouse pull` holds an exclusive lock on it in a transaction of its own, so that one works at a time.';

-- Runs ----------------------------------------------------------------------------------

create table if not exists raw.runs (
    run_seq bigint generated always as identity primary key,
    invocation_id text not null unique,
    started_at timestamptz not null default transaction_timestamp(),
    as_of timestamptz,
    finished_at timestamptz,
    is_successful boolean,
    project_fingerprint text
);
alter table raw.runs add column if not exists as_of timestamptz;  -- made before runs had one
alter table raw.runs add column if not exists schema_prefix text not null default '';
comment on table raw.runs is 'One row per dbt run. Runs are numbered in the order in which they began. as_of: stored totals hold what has taken effect by then. schema_prefix: empty for a run that takes loads up and publishes; else what the schemas are called that it built beside the published ones, of what runs had taken up before.';

create table if not exists raw.run_problems (
    problem_id bigint generated always as identity primary key,
    run_seq bigint references raw.runs (run_seq) on delete cascade,
    is_held boolean not null,
    started_at timestamptz not null,
    finished_at timestamptz not null,
    problems text not null
);
comment on table raw.run_problems is 'One row per run that failed or held loads back: why, a sentence a line. run_seq: null where no run was numbered, because the quality gate held everything back or dbt did not begin. is_held: the gate held everything back. Attempts that end alike, one after the other, have one row.';

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
    as_of timestamptz,
    basis text,
    primary key (schema_name, model_name)
);
alter table raw.model_progress add column if not exists as_of timestamptz;  -- made before runs had one
comment on table raw.model_progress is 'Up to which run, and up to which instant of effect, each model has consumed its input, saved in the transaction that wrote the data. basis: fingerprint of what else the stored rows depend on (a mapping, a time zone, a view''s own text).';

-- A lock on a table, not an advisory one: those may be held by everybody who can connect.
create table if not exists raw.run_lock (
    is_only_row boolean primary key default true check (is_only_row)
);
comment on table raw.run_lock is 'Empty. `warehouse run` and `warehouse purge` hold an exclusive lock on it in a transaction of their own, so that one works at a time, also through a connection pool.';
drop function if exists raw.run_lock_key();

-- made before the gate, before runs had an instant, and before schemas of their own
drop function if exists raw.begin_run(text, integer);
drop function if exists raw.begin_run(text);
drop function if exists raw.begin_run(text, timestamptz);
create or replace function raw.begin_run(
    invocation text, wanted_as_of timestamptz default null, prefix text default ''
) returns bigint
language plpgsql as $$
declare
    -- the session that holds the run lock for this run, where `warehouse run` started it
    own_holder integer := nullif(current_setting('warehouse.lock_holder', true), '');
    -- where it has planned what to build: when, and whether the plan knows of decisions
    planned_at timestamptz := nullif(current_setting('warehouse.planned_at', true), '');
    takes_decisions boolean := coalesce(current_setting('warehouse.takes_decisions', true), '') <> 'off';
    other_holder integer;
    started bigint;
begin
    select lck.pid into other_holder
    from pg_catalog.pg_locks as lck
    inner join pg_catalog.pg_database as dat on lck.database = dat.oid
    where
        lck.locktype = 'relation' and lck.granted and lck.mode = 'ExclusiveLock'
        and dat.datname = current_database()
        and lck.relation = 'raw.run_lock'::regclass
        and lck.pid is distinct from own_holder
    limit 1;
    if found then
        raise exception 'another run is active (server process %)', other_holder
            using hint = 'Wait until it has finished, then run again.';
    end if;
    if
        coalesce(current_setting('warehouse.finishes_erasure', true), '') <> 'on'
        and exists (
            select from raw.privacy_requests
            where request_kind = 'erase' and finished_at is null
        )
    then
        raise exception 'an erasure has begun and not ended'
            using hint = 'Let `warehouse privacy reapply` finish it, then run again.';
    end if;
    insert into raw.run_fence (run_seq, invocation_id) values (0, '')
    on conflict (is_only_row) do nothing;
    perform 1 from raw.run_fence for update;
    insert into raw.runs (invocation_id, schema_prefix, started_at)
    values (invocation, prefix, coalesce(planned_at, transaction_timestamp()))
    returning run_seq into started;
    update raw.run_fence set run_seq = started, invocation_id = invocation;
    if prefix = '' then
        update raw.loads set run_seq = started
        where run_seq is null and (own_holder is null or gated_at is not null);
        update raw.decisions set run_seq = started
        where run_seq is null and takes_decisions and decided_at <= coalesce(planned_at, 'infinity');
    end if;
    -- read last: no load that was taken up is later than this
    update raw.runs set as_of = coalesce(wanted_as_of, planned_at, clock_timestamp())
    where run_seq = started;
    return started;
end $$;
comment on function raw.begin_run(text, timestamptz, text) is 'Numbers all committed, unnumbered loads and decisions with a new run and lets only this run write from now on. Within `warehouse run` only the loads that its landing gate let through, and only what its plan knows of; with a prefix, for a build beside the published schemas, none. What takes effect after the instant wanted_as_of, by default the clock''s, waits.';

-- For dbt that is called by itself; `warehouse` tells all its sessions the same.
create or replace function raw.check_client() returns void
language plpgsql as $$
begin
    perform set_config('timezone', 'UTC', false), set_config('datestyle', 'ISO, MDY', false);
    perform set_config('client_connection_check_interval', '500ms', false);
exception when invalid_parameter_value then null; -- a server on Windows cannot
end $$;
comment on function raw.check_client() is 'Gives a session of dbt the settings that `warehouse` gives its own; the server notices within a statement that the client has died.';

create or replace function raw.check_fence(invocation text) returns void
language plpgsql as $$
declare
    holder text;
begin
    perform raw.check_client();
    select invocation_id into holder from raw.run_fence for share;
    if holder is distinct from invocation then
        raise exception 'a newer run has begun; this one must not write any more'
            using hint = 'Let one dbt command end before the next; the newer run takes up what this one left.';
    end if;
end $$;
comment on function raw.check_fence(text) is 'Raises unless the given dbt invocation is the run that may write; holds a shared lock until the transaction ends.';

-- Looking at everything takes the longer the more there is, up to a second of a large table;
-- what is new makes little difference to it but for the numbers that only rise.
create or replace function raw.refresh_statistics(relation regclass, rising name) returns void
language plpgsql as $$
declare
    known bigint;
    changed bigint;
    target text := current_setting('default_statistics_target');
begin
    select
        cls.reltuples,
        coalesce(pg_stat_get_mod_since_analyze(cls.oid), 0)
        + pg_stat_get_xact_tuples_inserted(cls.oid)
        + pg_stat_get_xact_tuples_updated(cls.oid)
        + pg_stat_get_xact_tuples_deleted(cls.oid)
    into known, changed
    from pg_class as cls
    where cls.oid = relation;
    if known <= 1000 or changed >= known / 10 then -- a small one takes no time
        execute format('analyze %s', relation);
    elsif rising is not null then -- whatever is counted: a crash forgets what has changed
        perform set_config('default_statistics_target', '10', true);
        execute format('analyze %s (%I)', relation, rising);
        perform set_config('default_statistics_target', target, true);
    end if;
end $$;
comment on function raw.refresh_statistics(regclass, name) is 'Brings the planner''s statistics of a relation up to date: of all columns where it is small or a tenth of its rows has changed since they were made, else of the column whose values only rise, if there is one.';

create or replace function raw.save_progress(
    of_schema text, of_model text, expected bigint, reached bigint, new_basis text
) returns void
language plpgsql as $$
declare
    reached_as_of timestamptz := (select as_of from raw.runs where run_seq = reached);
begin
    if expected is null then
        insert into raw.model_progress (schema_name, model_name, run_seq, as_of, basis)
        values (of_schema, of_model, reached, reached_as_of, new_basis)
        on conflict (schema_name, model_name) do update
        set run_seq = excluded.run_seq, as_of = excluded.as_of, basis = excluded.basis;
        return;
    end if;
    update raw.model_progress
    set run_seq = reached, as_of = reached_as_of, basis = new_basis
    where schema_name = of_schema and model_name = of_model and run_seq = expected;
    if not found then
        raise exception '%.% was brought forward by another run meanwhile', of_schema, of_model
            using hint = 'Run again.';
    end if;
end $$;
comment on function raw.save_progress(text, text, bigint, bigint, text) is 'Records that a model has consumed everything up to a run; raises if somebody else moved it from the expected run. A null expectation means that the model was built whole.';

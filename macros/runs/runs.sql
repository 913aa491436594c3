{#- A run takes up what was committed before it began; its models consume exactly that.
    The rules are in `loaders/schema.sql`; these macros call them. -#}

{#- Whether dbt runs a command of `kinds` on such an engine. -#}
{% macro is_run_of(kinds) %}{{ return(execute and flags.WHICH in kinds and keeps_runs()) }}{% endmacro %}

{% macro begin_run() %}
    {%- if is_run_of(['build', 'run', 'seed']) -%}
        select {{ raw_schema() }}.begin_run(
            '{{ invocation_id }}',
            {{ as_of() if var('as_of') is not none else 'null' }},
            '{{ schema_prefix() }}'
        )
    {%- endif -%}
{% endmacro %}

{#- Statistics that know the newest loads. -#}
{% macro analyze_deliveries() %}
    {%- if is_run_of(['build', 'run']) -%}
        select
            {{ raw_schema() }}.refresh_statistics('{{ raw_schema() }}.loads', 'run_seq'),
            {{ raw_schema() }}.refresh_statistics('{{ raw_schema() }}.interactions', 'load_id'),
            {{ raw_schema() }}.refresh_statistics('{{ raw_schema() }}.profiles', 'load_id'),
            {{ raw_schema() }}.refresh_statistics('{{ raw_schema() }}.posts', 'load_id'),
            {{ raw_schema() }}.refresh_statistics('{{ raw_schema() }}.counters', 'load_id')
    {%- endif -%}
{% endmacro %}

{% macro finish_run(results) %}
    {%- if is_run_of(['build', 'run', 'seed']) -%}
        {%- set failed = results | selectattr('status', 'in', ['error', 'fail', 'skipped']) | list -%}
        update {{ raw_schema() }}.runs
        set finished_at = clock_timestamp(), is_successful = {{ 'false' if failed else 'true' }}
        where invocation_id = '{{ invocation_id }}'
    {%- endif -%}
{% endmacro %}

{#- Hook on run end: where readers read an index alone (`is_read_by_index` in a model's meta), the
    rows that the run replaced go at once, not when autovacuum comes by. Any earlier, models
    that are built at the same time still hold them. -#}
{% macro clear_away(results) %}
    {%- if is_run_of(['build', 'run']) -%}
        {%- set relations = [] -%}
        {%- for result in results if result.status == 'success' -%}
            {%- if result.node.config.get('meta', {}).get('is_read_by_index') -%}
                {%- do relations.append(result.node.relation_name) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if relations -%}
            vacuum (skip_locked, truncate false) {{ relations | sort | join(', ') }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{#- Pre-hook of everything that writes: only the newest run may. -#}
{% macro check_fence() %}
    {%- do await_seeds() -%}
    {%- if is_run_of(['build', 'run', 'seed']) -%}
        select {{ raw_schema() }}.check_fence('{{ invocation_id }}')
    {%- endif -%}
{% endmacro %}

{#- What the macros below have found out in this invocation for a node, or for all of them: a
    model asks the same a dozen times while it is compiled and built. Only the run that may write
    changes the answers, and `check_fence` stops every other. -#}
{% macro found_out(subject=none) %}
    {{ return(graph.setdefault('found_out', {}).setdefault(invocation_id, {}).setdefault(subject or model.unique_id, {})) }}
{% endmacro %}

{#- The run up to which this build consumes; null where there are none. -#}
{% macro current_watermark() %}
    {{ return(current_run()['run_seq'] | int if keeps_runs() else to_whole_number('null')) }}
{% endmacro %}

{#- The run that may write: its number and its instant; no instant before any run. -#}
{% macro current_run() %}
    {%- set known = found_out('run') -%}
    {%- if 'current_run' not in known -%}
        {%- do known.update(current_run=run_query(
            "select fnc.run_seq, (run.as_of at time zone 'UTC')::text || '+00' as as_of from " ~ raw_schema() ~ '.run_fence as fnc'
            ~ ' left join ' ~ raw_schema() ~ '.runs as run on fnc.run_seq = run.run_seq'
        ).rows[0]) -%}
    {%- endif -%}
    {{ return(known['current_run']) }}
{% endmacro %}

{#- The instant up to which this build consumes: what takes effect later waits for a run in
    which it is due. Before any run it is that of the query. -#}
{% macro run_as_of() %}
    {%- if not execute or var('as_of') is not none -%}{{ return(as_of()) }}{%- endif -%}
    {%- set instant = current_run()['as_of'] -%}
    {{ return(as_of() if instant is none else to_instant("'" ~ instant ~ "'")) }}
{% endmacro %}

{#- The run up to which this model has already consumed, or none where its rows have to be
    rebuilt: first build, var `rebuild`, what they are made with has changed, or the clock
    went back. -#}
{% macro last_watermark() %}
    {%- if not execute or var('rebuild') -%}{{ return(none) }}{%- endif -%}
    {%- set known = found_out() -%}
    {%- if 'last_watermark' not in known -%}
        {%- do known.update(last_watermark=consumed_watermark() if dbt.is_incremental() else none) -%}
    {%- endif -%}
    {{ return(known['last_watermark']) }}
{% endmacro %}

{#- The same, from what was saved with the rows. -#}
{% macro consumed_watermark() %}
    {%- set progress = stored_progress() -%}
    {%- if progress is none -%}{{ return(none) }}{%- endif -%}
    {%- set fingerprint = current_fingerprint() -%}
    {%- if config.get('meta', {}).get('on_fingerprint_change', 'replace') == 'replace' and progress['fingerprint'] != fingerprint -%}
        {{ return(none) }}
    {%- endif -%}
    {%- if known_at_of(progress['fingerprint']) != known_at_of(fingerprint) -%}{{ return(none) }}{%- endif -%}
    {%- if is_logic_changed() -%}{{ return(none) }}{%- endif -%}
    {%- if holds_what_is_in_effect() and not progress['is_as_of_reached'] -%}{{ return(none) }}{%- endif -%}
    {{ return(progress['run_seq'] | int) }}
{% endmacro %}

{#- Whether the seed that the stored rows depend on has changed since they were written. -#}
{% macro is_fingerprint_changed() %}
    {{ return(stored_fingerprint() != current_fingerprint()) }}
{% endmacro %}

{#- The progress of this model: its watermark, its instant, its fingerprint, what its rows are made
    with, and whether its descriptions stand in the database; none before the first build. -#}
{% macro stored_progress() %}
    {%- set known = found_out() -%}
    {%- if 'stored_progress' in known -%}{{ return(known['stored_progress']) }}{%- endif -%}
    {%- set rows = run_query(
        "select prg.run_seq, prg.basis as fingerprint, prg.logic, (prg.as_of at time zone 'UTC')::text || '+00' as as_of,"
        ~ ' coalesce(prg.as_of <= run.as_of, false) as is_as_of_reached,'
        ~ ' coalesce(lst.as_of >= lst.started_at, false) as went_by_the_clock,'
        ~ " md5(" ~ stored_descriptions() ~ ") = '" ~ local_md5(declared_descriptions()) ~ "' as is_described"
        ~ ' from ' ~ raw_schema() ~ '.model_progress as prg'
        ~ ' cross join ' ~ raw_schema() ~ '.run_fence as fnc inner join ' ~ raw_schema() ~ '.runs as run on fnc.run_seq = run.run_seq'
        ~ ' left join ' ~ raw_schema() ~ '.runs as lst on prg.run_seq = lst.run_seq'
        ~ " where prg.schema_name = '" ~ this.schema ~ "' and prg.model_name = '" ~ this.identifier ~ "'"
    ).rows -%}
    {%- do known.update(stored_progress=rows[0] if rows | length else none) -%}
    {{ return(known['stored_progress']) }}
{% endmacro %}

{% macro stored_fingerprint() %}
    {%- set progress = stored_progress() -%}
    {{ return(none if progress is none else progress['fingerprint']) }}
{% endmacro %}

{#- Whether what is new is added to stored rows: there are some, and nothing asks for a rebuild. -#}
{% macro is_incremental() %}{{ return(last_watermark() is not none) }}{% endmacro %}

{#- Whether the rows of this model are about what is in effect at the run's instant. The ledger
    and the histories hold everything; what is made of them does not. -#}
{% macro holds_what_is_in_effect() %}
    {{ return(config.get('incremental_strategy') in ['additive', 'keyed']) }}
{% endmacro %}

{#- Filter of the ledger entries that this model has not consumed yet: of the new runs those in
    effect, of the runs before those that have become due. Where the model is rebuilt,
    everything in effect. -#}
{% macro is_unconsumed(entry) %}
    {%- set last = last_watermark() -%}
    {{ is_in_effect(entry, run_as_of()) }}
    {%- if last is not none %}
    and (
        {{ entry }}.run_seq > {{ last }} and {{ entry }}.run_seq <= {{ current_watermark() }}
        or {{ entry }}.run_seq <= {{ last }} and {{ has_become_due(entry ~ '.effective_at', entry ~ '.received_at') }}
    )
    {%- endif %}
{% endmacro %}

{#- The same for what has only the number of the run that took it up. -#}
{% macro is_of_unconsumed_run(run_seq) %}
    {%- set last = last_watermark() -%}
    {{ return('true' if last is none else run_seq ~ ' > ' ~ last ~ ' and ' ~ run_seq ~ ' <= ' ~ current_watermark()) }}
{% endmacro %}

{#- Whether an instant that was ahead of this model's last run has come. Where that run went by
    the clock, what it left was received before it came: a small partial index finds it. -#}
{% macro has_become_due(instant, received_at) %}
    {%- set progress = stored_progress() -%}
    {%- if progress['went_by_the_clock'] %}
    {{ instant }} > {{ received_at }} and
    {%- endif %}
    {{ instant }} > {{ to_instant("'" ~ progress['as_of'] ~ "'") }}
    and {{ instant }} <= {{ run_as_of() }}
{% endmacro %}

{#- Filter of summed deltas: a relation that is rebuilt has no row for what adds up to nothing;
    one that is incremental needs it, to take what was stored away. -#}
{% macro is_worth_a_row(entry_count) %}
    {{ return('true' if is_incremental() else entry_count ~ ' > 0') }}
{% endmacro %}

{#- The same for rows of strategy `keyed`: one without this column says that the key is gone. -#}
{% macro is_there_or_gone(column) %}
    {{ return('true' if is_incremental() else column ~ ' is not null') }}
{% endmacro %}

{#- The same for raw rows. The loads are given one by one: the planner knows nothing of the
    newest loads, and a list of keys keeps the read an index look-up at any size of raw. -#}
{% macro is_in_unconsumed_load(load_id) %}
    {%- set last = last_watermark() -%}
    {%- if last is none -%}{{ return('true') }}{%- endif -%}
    {%- set known = found_out('loads') -%}
    {%- if last not in known -%}
        {%- do known.update({last: run_query(
            'select load_id from ' ~ raw_schema() ~ '.loads where run_seq > ' ~ last ~ ' and run_seq <= ' ~ current_watermark()
            ~ ' order by load_id'
        ).columns[0].values()}) -%}
    {%- endif -%}
    {{ return(load_id ~ ' in (' ~ (known[last] | join(', ') or 'null') ~ ')') }}
{% endmacro %}

{#- Filter of what the newest run posted, so that a test costs what is new, not what is stored;
    everything where var `rebuild` or an upgrade rebuilds rows. -#}
{% macro is_newly_posted(run_seq) %}
    {%- if not execute or var('rebuild') or is_upgrading() -%}true
    {%- else -%}{{ run_seq }} = {{ current_watermark() }}
    {%- endif -%}
{% endmacro %}

{#- The keys whose entries a test counts again: of what the newest run posted, from the CTEs
    `entries` (the ledger) and `counts` (totals of the key). The heaviest have the greater part
    of all entries: a run would cost what is stored, so they wait for a rebuild or an upgrade. -#}
{% macro recounted_keys(key) %}
    select ent.{{ key }}
    from (
        select distinct {{ key }}
        from entries
        where {{ key }} is not null and {{ is_newly_posted('run_seq') }}
    ) as ent
    {%- if execute and not var('rebuild') and not is_upgrading() %}
    -- left, lateral with a limit: what has no totals may lack them; an index look-up per key
    left join lateral (
        select tot.gross_interaction_count
        from counts as tot
        where tot.{{ key }} = ent.{{ key }}
        {{ at_most_one() }}
    ) as cnt on true
    where coalesce(cnt.gross_interaction_count, 0) <= {{ var('recounted_entries') }}
    {%- endif %}
    {{ as_many_as_are_recounted('ent.' ~ key) }}
{% endmacro %}

{#- The end of a query of a test's keys: as many as a run counts again, others in every run; all
    where var `rebuild` or an upgrade rebuilds rows. -#}
{% macro as_many_as_are_recounted(key) %}
    {%- if execute and not var('rebuild') and not is_upgrading() -%}
    order by {{ fingerprint([key, current_watermark()]) }}
    limit {{ var('recounted_keys') }}
    {%- endif -%}
{% endmacro %}

{#- Whether this run has changed relations or rebuilt stored rows. -#}
{% macro is_upgrading() %}
    {{ return(run_query(
        'select 1 from ' ~ raw_schema() ~ '.upgrade_notes where run_seq = ' ~ current_watermark() ~ ' limit 1'
    ).rows | length > 0) }}
{% endmacro %}

{#- Fingerprint of what the rows of a model depend on besides its input: the seeds that it names
    as its `seeds`, the vars that it names as its `settings` and, at its end, var `known_at`. When
    it changes, the model's rows are rebuilt, or, with on_fingerprint_change: correct, the model
    corrects them; with another `known_at` those of all models are rebuilt. -#}
{% macro current_fingerprint() %}
    {%- set parts = [] -%}
    {%- set seeds = config.get('meta', {}).get('seeds', []) -%}
    {%- for seed in ([seeds] if seeds is string else seeds) -%}
        {%- do parts.append(seed ~ '=' ~ seed_fingerprint(seed)) -%}
    {%- endfor -%}
    {%- set settings = config.get('meta', {}).get('settings', []) -%}
    {%- for name in settings + ['known_at'] -%}
        {%- if var(name) is not none -%}{%- do parts.append(name ~ '=' ~ checked_setting(name)) -%}{%- endif -%}
    {%- endfor -%}
    {{ return(parts | join(' ') or none) }}
{% endmacro %}

{#- The part of a fingerprint that says by when everything had been received; empty without one. -#}
{% macro known_at_of(fingerprint) %}{{ return((fingerprint or '').partition('known_at=')[2]) }}{% endmacro %}

{#- The value of a var that becomes part of a fingerprint: an instant or a number. -#}
{% macro checked_setting(name) %}
    {{ return(var(name) if var(name) is number else checked_instant(name, var(name))) }}
{% endmacro %}

{% macro seed_fingerprint(seed) %}
    {%- if not execute -%}{{ return(none) }}{%- endif -%}
    {#- the answer for all nodes is final only where the run changes no seed -#}
    {%- set known = found_out(none if selected_seeds() else 'seeds') -%}
    {%- if seed not in known -%}
        {%- do await_seeds() -%}
        {%- set relation = this.incorporate(path={'schema': generate_schema_name('seeds', none), 'identifier': seed}) -%}
        {%- do known.update({seed: run_query(
            "select md5(coalesce(string_agg(sed::text, chr(10) order by sed::text collate \"C\"), '')) from "
            ~ relation ~ ' as sed'
        ).columns[0].values()[0]}) -%}
    {%- endif -%}
    {{ return(known[seed]) }}
{% endmacro %}

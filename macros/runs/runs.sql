{#- A run takes up what was committed before it began; its models consume exactly that.
    The rules are in `loaders/schema.sql`; these macros call them. -#}

{% macro begin_run() %}
    {%- if execute and flags.WHICH in ('build', 'run', 'seed') -%}
        select raw.begin_run(
            '{{ invocation_id }}',
            {{ as_of() if var('as_of') is not none else 'null' }},
            '{{ schema_prefix() }}'
        )
    {%- endif -%}
{% endmacro %}

{#- Statistics that know the newest loads. -#}
{% macro analyze_deliveries() %}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
        select
            raw.refresh_statistics('raw.loads', 'run_seq'),
            raw.refresh_statistics('raw.interactions', 'load_id'),
            raw.refresh_statistics('raw.profiles', 'load_id'),
            raw.refresh_statistics('raw.posts', 'load_id'),
            raw.refresh_statistics('raw.counters', 'load_id')
    {%- endif -%}
{% endmacro %}

{#- Post-hook of stored models: statistics that know what the run has written. -#}
{% macro refresh_statistics() %}
    {%- if execute -%}
        {%- set columns = model.columns.keys() | list -%}
        select raw.refresh_statistics(
            '{{ this.schema }}.{{ this.identifier }}', {{ "'run_seq'" if 'run_seq' in columns else 'null' }}
        )
    {%- endif -%}
{% endmacro %}

{% macro finish_run(results) %}
    {%- if execute and flags.WHICH in ('build', 'run', 'seed') -%}
        {%- set failed = results | selectattr('status', 'in', ['error', 'fail', 'skipped']) | list -%}
        update raw.runs
        set finished_at = clock_timestamp(), is_successful = {{ 'false' if failed else 'true' }}
        where invocation_id = '{{ invocation_id }}'
    {%- endif -%}
{% endmacro %}

{#- Hook on run end: where readers read an index alone (`is_read_by_index` in a model's meta), the
    rows that the run replaced go at once, not when autovacuum comes by. Any earlier, models
    that are built at the same time still hold them. -#}
{% macro clear_away(results) %}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
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
    {%- if execute and flags.WHICH in ('build', 'run', 'seed') -%}
        select raw.check_fence('{{ invocation_id }}')
    {%- endif -%}
{% endmacro %}

{#- What the macros below have found out for this node: a model asks the same a dozen times, and
    while it is compiled, or while it is built, the answers are the same. dbt makes `model` anew
    for each of the two. -#}
{% macro found_out() %}{{ return(model.setdefault('found_out', {})) }}{% endmacro %}

{#- The run up to which this build consumes. -#}
{% macro this_cut() %}
    {%- set known = found_out() -%}
    {%- if 'this_cut' not in known -%}
        {%- do known.update(
            this_cut=run_query('select run_seq from raw.run_fence').columns[0].values()[0] | int
        ) -%}
    {%- endif -%}
    {{ return(known['this_cut']) }}
{% endmacro %}

{#- The instant up to which this build consumes: what takes effect later waits for a run in
    which it is due. Before any run it is that of the query. -#}
{% macro run_as_of() %}
    {%- if not execute or var('as_of') is not none -%}{{ return(as_of()) }}{%- endif -%}
    {%- set known = found_out() -%}
    {%- if 'run_as_of' not in known -%}
        {%- set rows = run_query(
            "select (run.as_of at time zone 'UTC')::text || '+00' from raw.runs as run"
            ~ ' inner join raw.run_fence as fnc on run.run_seq = fnc.run_seq'
        ).rows -%}
        {%- do known.update(run_as_of=to_instant("'" ~ rows[0][0] ~ "'") if rows | length else as_of()) -%}
    {%- endif -%}
    {{ return(known['run_as_of']) }}
{% endmacro %}

{#- The run up to which this model has already consumed, or none where its rows have to be
    made anew: first build, var `rebuild`, what they are made with has changed, or the clock
    went back. -#}
{% macro last_cut() %}
    {%- if not execute or not is_incremental() or var('rebuild') -%}{{ return(none) }}{%- endif -%}
    {%- set known = found_out() -%}
    {%- if 'last_cut' not in known -%}{%- do known.update(last_cut=consumed_cut()) -%}{%- endif -%}
    {{ return(known['last_cut']) }}
{% endmacro %}

{#- The same, from what was saved with the rows. -#}
{% macro consumed_cut() %}
    {%- set progress = stored_progress() -%}
    {%- if progress is none -%}{{ return(none) }}{%- endif -%}
    {%- if config.get('meta', {}).get('on_basis_change', 'replace') == 'replace' and progress['basis'] != current_basis() -%}
        {{ return(none) }}
    {%- endif -%}
    {%- if known_at_of(progress['basis']) != known_at_of(current_basis()) -%}{{ return(none) }}{%- endif -%}
    {%- if is_logic_changed() -%}{{ return(none) }}{%- endif -%}
    {%- if holds_what_is_in_effect() and not progress['is_as_of_reached'] -%}{{ return(none) }}{%- endif -%}
    {{ return(progress['run_seq'] | int) }}
{% endmacro %}

{#- Whether the seed that the stored rows depend on has changed since they were written. -#}
{% macro is_basis_changed() %}
    {{ return(stored_basis() != current_basis()) }}
{% endmacro %}

{#- The progress of this model: its cut, its instant and its basis; none before the first build. -#}
{% macro stored_progress() %}
    {%- set known = found_out() -%}
    {%- if 'stored_progress' in known -%}{{ return(known['stored_progress']) }}{%- endif -%}
    {%- set rows = run_query(
        "select prg.run_seq, prg.basis, (prg.as_of at time zone 'UTC')::text || '+00' as as_of,"
        ~ ' coalesce(prg.as_of <= run.as_of, false) as is_as_of_reached,'
        ~ ' coalesce(lst.as_of >= lst.started_at, false) as went_by_the_clock'
        ~ ' from raw.model_progress as prg'
        ~ ' cross join raw.run_fence as fnc inner join raw.runs as run on fnc.run_seq = run.run_seq'
        ~ ' left join raw.runs as lst on prg.run_seq = lst.run_seq'
        ~ " where prg.schema_name = '" ~ this.schema ~ "' and prg.model_name = '" ~ this.identifier ~ "'"
    ).rows -%}
    {%- do known.update(stored_progress=rows[0] if rows | length else none) -%}
    {{ return(known['stored_progress']) }}
{% endmacro %}

{% macro stored_basis() %}
    {%- set progress = stored_progress() -%}
    {{ return(none if progress is none else progress['basis']) }}
{% endmacro %}

{#- Whether stored rows are brought forward by what is new, not made anew. -#}
{% macro is_brought_forward() %}{{ return(last_cut() is not none) }}{% endmacro %}

{#- Whether the rows of this model are about what is in effect at the run's instant. The ledger
    and the histories hold everything; what is made of them does not. -#}
{% macro holds_what_is_in_effect() %}
    {{ return(config.get('incremental_strategy') in ['additive', 'keyed']) }}
{% endmacro %}

{#- Filter of the ledger entries that this model has not consumed yet: of the new runs those in
    effect, of the runs before those that have become due. Where the model is made anew,
    everything in effect. -#}
{% macro is_unconsumed(entry) %}
    {%- set last = last_cut() -%}
    {{ is_in_effect(entry, run_as_of()) }}
    {%- if last is not none %}
    and (
        {{ entry }}.run_seq > {{ last }} and {{ entry }}.run_seq <= {{ this_cut() }}
        or {{ entry }}.run_seq <= {{ last }} and {{ has_become_due(entry ~ '.effective_at', entry ~ '.recorded_at') }}
    )
    {%- endif %}
{% endmacro %}

{#- The same for what has only the number of the run that took it up. -#}
{% macro is_of_unconsumed_run(run_seq) %}
    {%- set last = last_cut() -%}
    {{ return('true' if last is none else run_seq ~ ' > ' ~ last ~ ' and ' ~ run_seq ~ ' <= ' ~ this_cut()) }}
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

{#- Filter of summed deltas: a relation that is made anew has no row for what adds up to nothing;
    one that is brought forward needs it, to take what was stored away. -#}
{% macro is_worth_a_row(entry_count) %}
    {{ return('true' if is_brought_forward() else entry_count ~ ' > 0') }}
{% endmacro %}

{#- The same for rows of strategy `keyed`: one without this column says that the key is gone. -#}
{% macro is_there_or_gone(column) %}
    {{ return('true' if is_brought_forward() else column ~ ' is not null') }}
{% endmacro %}

{#- The same for raw rows. The loads are given one by one: the planner knows nothing of the
    newest loads, and a list of keys keeps the read an index look-up at any size of raw. -#}
{% macro is_in_unconsumed_load(load_id) %}
    {%- set last = last_cut() -%}
    {%- if last is none -%}{{ return('true') }}{%- endif -%}
    {%- set loads = run_query(
        'select load_id from raw.loads where run_seq > ' ~ last ~ ' and run_seq <= ' ~ this_cut()
        ~ ' order by load_id'
    ).columns[0].values() -%}
    {{ return(load_id ~ ' in (' ~ (loads | join(', ') or 'null') ~ ')') }}
{% endmacro %}

{#- Filter of what the newest run posted, so that a test costs what is new, not what is stored;
    everything where var `rebuild` or an upgrade makes rows anew. -#}
{% macro is_newly_posted(run_seq) %}
    {%- if not execute or var('rebuild') or is_upgrading() -%}true
    {%- else -%}{{ run_seq }} = {{ this_cut() }}
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
        limit 1  -- one at most
    ) as cnt on true
    where coalesce(cnt.gross_interaction_count, 0) <= {{ var('recounted_entries') }}
    {%- endif %}
    {{ as_many_as_are_recounted('ent.' ~ key) }}
{% endmacro %}

{#- The end of a query of a test's keys: as many as a run counts again, others in every run; all
    where var `rebuild` or an upgrade makes rows anew. -#}
{% macro as_many_as_are_recounted(key) %}
    {%- if execute and not var('rebuild') and not is_upgrading() -%}
    order by {{ fingerprint([key, this_cut()]) }}
    limit {{ var('recounted_keys') }}
    {%- endif -%}
{% endmacro %}

{#- Whether this run has changed relations or made stored rows anew. -#}
{% macro is_upgrading() %}
    {{ return(run_query(
        'select 1 from raw.upgrade_notes where run_seq = ' ~ this_cut() ~ ' limit 1'
    ).rows | length > 0) }}
{% endmacro %}

{#- Fingerprint of what the rows of a model depend on besides its input: the seeds that it names
    as its `basis`, the vars that it names as its `settings` and, at its end, var `known_at`. When
    it changes, the model's rows are made anew, or, with on_basis_change: correct, the model
    corrects them; with another `known_at` those of all models are made anew. -#}
{% macro current_basis() %}
    {%- set parts = [] -%}
    {%- set basis = config.get('meta', {}).get('basis', []) -%}
    {%- for seed in ([basis] if basis is string else basis) -%}
        {%- do parts.append(seed ~ '=' ~ seed_fingerprint(seed)) -%}
    {%- endfor -%}
    {%- set settings = config.get('meta', {}).get('settings', []) -%}
    {%- for name in settings + ['known_at'] -%}
        {%- if var(name) is not none -%}{%- do parts.append(name ~ '=' ~ checked_setting(name)) -%}{%- endif -%}
    {%- endfor -%}
    {{ return(parts | join(' ') or none) }}
{% endmacro %}

{#- The part of a basis that says by when everything had been received; empty without one. -#}
{% macro known_at_of(basis) %}{{ return((basis or '').partition('known_at=')[2]) }}{% endmacro %}

{#- The value of a var that becomes part of a basis: an instant or a number. -#}
{% macro checked_setting(name) %}
    {{ return(var(name) if var(name) is number else checked_instant(name, var(name))) }}
{% endmacro %}

{% macro seed_fingerprint(seed) %}
    {%- if not execute -%}{{ return(none) }}{%- endif -%}
    {%- set known = found_out() -%}
    {%- if seed not in known -%}
        {%- set relation = this.incorporate(path={'schema': generate_schema_name('seeds', none), 'identifier': seed}) -%}
        {%- do known.update({seed: run_query(
            "select md5(coalesce(string_agg(sed::text, chr(10) order by sed::text collate \"C\"), '')) from "
            ~ relation ~ ' as sed'
        ).columns[0].values()[0]}) -%}
    {%- endif -%}
    {{ return(known[seed]) }}
{% endmacro %}

{#- Post-hook of stored models: the cut is saved in the transaction that wrote the rows. -#}
{% macro save_progress() %}
    {%- if execute -%}
        {%- set last = last_cut() -%}
        {%- set basis = current_basis() -%}
        select raw.save_progress(
            '{{ this.schema }}', '{{ this.identifier }}', {{ 'null' if last is none else last }},
            {{ this_cut() }}, {{ 'null' if basis is none else "'" ~ basis ~ "'" }}
        )
    {%- endif -%}
{% endmacro %}

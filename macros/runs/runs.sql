{#- A run takes up what was committed before it began; its models consume exactly that.
    The rules are in `loaders/schema.sql`; these macros call them. -#}

{% macro begin_run() %}
    {%- if execute and flags.WHICH in ('build', 'run', 'seed') -%}
        select raw.begin_run('{{ invocation_id }}')
    {%- endif -%}
{% endmacro %}

{#- Statistics that know the newest loads; the time it takes does not grow with the tables. -#}
{% macro analyze_deliveries() %}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
        analyze raw.loads, raw.interactions, raw.profiles, raw.posts, raw.counters
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

{#- Pre-hook of everything that writes: only the newest run may. -#}
{% macro check_fence() %}
    {%- if execute and flags.WHICH in ('build', 'run', 'seed') -%}
        select raw.check_fence('{{ invocation_id }}')
    {%- endif -%}
{% endmacro %}

{#- The run up to which this build consumes. -#}
{% macro this_cut() %}
    {{ return(run_query('select run_seq from raw.run_fence').columns[0].values()[0] | int) }}
{% endmacro %}

{#- The run up to which this model has already consumed, or none where its rows have to be
    made anew: first build, var `rebuild`, or a changed basis. -#}
{% macro last_cut() %}
    {%- if not execute or not is_incremental() or var('rebuild') -%}{{ return(none) }}{%- endif -%}
    {%- set rows = stored_progress() -%}
    {%- if rows | length == 0 -%}{{ return(none) }}{%- endif -%}
    {%- if config.get('meta', {}).get('on_basis_change', 'replace') == 'replace' and rows[0][1] != current_basis() -%}
        {{ return(none) }}
    {%- endif -%}
    {{ return(rows[0][0] | int) }}
{% endmacro %}

{#- Whether the seed that the stored rows depend on has changed since they were written. -#}
{% macro is_basis_changed() %}
    {{ return(stored_basis() != current_basis()) }}
{% endmacro %}

{#- The progress row of this model: its cut and its basis. -#}
{% macro stored_progress() %}
    {{ return(run_query(
        "select run_seq, basis from raw.model_progress where schema_name = '" ~ this.schema
        ~ "' and model_name = '" ~ this.identifier ~ "'"
    ).rows) }}
{% endmacro %}

{% macro stored_basis() %}
    {%- set rows = stored_progress() -%}
    {{ return(rows[0][1] if rows | length else none) }}
{% endmacro %}

{#- Whether stored rows are brought forward by what is new, not made anew. -#}
{% macro is_brought_forward() %}{{ return(last_cut() is not none) }}{% endmacro %}

{#- Filter of what this model has not consumed yet; everything where it is made anew. -#}
{% macro is_unconsumed(run_seq) %}
    {%- set last = last_cut() -%}
    {%- if last is none -%}true
    {%- else -%}{{ run_seq }} > {{ last }} and {{ run_seq }} <= {{ this_cut() }}
    {%- endif -%}
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
    everything where var `rebuild` makes all rows anew. -#}
{% macro is_newly_posted(run_seq) %}
    {%- if not execute or var('rebuild') -%}true
    {%- else -%}{{ run_seq }} = {{ this_cut() }}
    {%- endif -%}
{% endmacro %}

{#- Fingerprint of the rows of the seed, or the seeds, that a model names as its `basis`. When it
    changes, the model's rows are made anew, or, with on_basis_change: correct, the model corrects them. -#}
{% macro current_basis() %}
    {%- set basis = config.get('meta', {}).get('basis') -%}
    {%- if basis is none or basis is string -%}{{ return(seed_fingerprint(basis)) }}{%- endif -%}
    {%- set fingerprints = [] -%}
    {%- for seed in basis -%}{%- do fingerprints.append(seed_fingerprint(seed)) -%}{%- endfor -%}
    {{ return(fingerprints | join(' ') if execute else none) }}
{% endmacro %}

{% macro seed_fingerprint(seed) %}
    {%- if seed is none or not execute -%}{{ return(none) }}{%- endif -%}
    {%- set relation = this.incorporate(path={'schema': generate_schema_name('seeds', none), 'identifier': seed}) -%}
    {{ return(run_query(
        "select md5(coalesce(string_agg(sed::text, chr(10) order by sed::text collate \"C\"), '')) from "
        ~ relation ~ ' as sed'
    ).columns[0].values()[0]) }}
{% endmacro %}

{#- Pre-hook of stored models: rows that are made anew replace the old ones inside the same
    relation and transaction, so readers see the old rows until the new ones are whole. -#}
{% macro clear_replaced_rows() %}
    {%- if execute and is_incremental() and last_cut() is none -%}delete from {{ this }}{%- endif -%}
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

{#- The steps of `interaction_ledger`, each a query over the steps before it. -#}

{#- Every version of the touched interactions, one row each: of `deliveries`, and of the states
    that are posted (`held`) with the versions that repeat them. Each says what it knew of what
    identifies the interaction, and since when. -#}
{% macro known_versions() %}
    {%- set keys = ['interaction_id', 'workspace_id', 'platform', 'load_id', 'line_no'] %}
    select
        {{ columns_of('dlv', keys + version_columns() + identity_columns()) }},
        {% for column in known_columns() -%}
        dlv.received_at as {{ column }},
        {% endfor -%}
        {{ to_whole_number('null') }} as archive_id,
        1 as quantity,
        dlv.run_seq,
        false as is_posted,
        dlv.version_at,
        dlv.version_received_at
    from deliveries as dlv
    union all
    select
        {{ columns_of('itr', keys) }},
        {% for column in version_columns() -%}
        {{ mapped_type() if column == 'interaction_type' else 'itr.' ~ column }} as {{ column }},
        {% endfor -%}
        {{ columns_of('itr', identity_columns()) }},
        {% for column in known_columns() -%}
        coalesce(itr.{{ column }}, itr.received_at) as {{ column }},
        {% endfor -%}
        itr.archive_id,
        itr.gross_sign as quantity,
        {{ current_watermark() if execute else 'null' }} as run_seq,
        true as is_posted,
        ver.version_at,
        ver.version_received_at
    from held as itr
    cross join lateral {{ paired_elements(
        with_element('itr.repeated_at', 'itr.version_at'),
        with_element('itr.repeat_received_at', 'itr.version_received_at')
    ) }} as ver (version_at, version_received_at)
    {{ join_mappings('itr', 'mappings') }}
{% endmacro %}

{#- The versions that change the state of their interaction, numbered, with the times of those
    that only repeat them. A version without a time of its own is from before the first dated
    change, where there is one; only a retraction changes what it finds. Of the versions of one
    time one counts: of those without a time of their own the last received, else the one that
    retracts, then the longer text. -#}
{% macro states_of_versions() %}
    {%- set in_order = 'partition by interaction_id order by held_from, is_dated, version_at' %}
    select
        *,
        {{ values_over('version_at', 'not is_changed', 'of_state') }} as repeated_at,
        {{ values_over('version_received_at', 'not is_changed', 'of_state') }}
            as repeat_received_at
    from (
        select
            *,
            count(*) filter (where is_changed) over ({{ in_order }}) as state_no
        from (
            select
                *,
                (state is distinct from lag(state) over ({{ in_order }})) as is_changed
            from (
                select
                    *,
                    case
                        when is_dated or sign = 0 then version_at
                        else least(version_at, first_changed_at)
                    end as held_from,
                    row_number() over (
                        partition by interaction_id, version_at, is_dated
                        order by
                            version_received_at desc,
                            case when not is_dated then line_no end desc,
                            sign asc,
                            length(text) desc nulls last,
                            {{ bytewise('text') }} desc nulls last,
                            length(native_kind) desc nulls last,
                            {{ bytewise('native_kind') }} desc nulls last,
                            {{ bytewise('native_type') }} desc,
                            {{ bytewise('actor_kind') }} desc nulls last,
                            state desc,
                            is_posted desc,
                            load_id asc,
                            line_no asc
                    ) as best_first
                from (
                    select
                        *,
                        version_received_at is null as is_dated,
                        min(version_at) filter (
                            where
                            version_received_at is null
                            and (occurred_at is null or version_at > occurred_at)
                        ) over (partition by interaction_id) as first_changed_at,
                        {{ fingerprint(version_columns()) }} as state
                    from identified
                ) as fingerprinted
            ) as ranked
            where best_first = 1
        ) as compared
    ) as numbered
    window of_state as (
        partition by interaction_id, state_no order by held_from, is_dated, version_at
        rows between unbounded preceding and unbounded following
    )
{% endmacro %}

{#- Whether an account's id is a name that stands for it until its id is known; null without one. -#}
{% macro is_provisional(platform_user_id) %}{{ return(platform_user_id ~ " like '@%'") }}{% endmacro %}

{#- The versions, each with what identifies its interaction: of each value the first that was
    received, of accounts the first with an id. -#}
{% macro identified_versions() %}
    {%- set values = {
        'follower': ('follower_id', ['platform_user_id']),
        'post': ('post_id', ['platform_post_id']),
        'time': ('occurred_at', ['time_precision']),
    } %}
    select
        interaction_id, workspace_id, platform, load_id, line_no,
        {{ version_columns() | join(', ') }},
        archive_id, quantity, run_seq, is_posted, version_at, version_received_at,
        {% for name, (column, more) in values.items() -%}
        {% for each in [column] + more -%}
        {{ each }},
        {% endfor -%}
        case
            when {{ column }} is not null
                then nullif({{ name }}_known_at, received_at)
        end as {{ name }}_known_at,
        {% endfor -%}
        received_at
    from (
        select
            interaction_id, workspace_id, platform, load_id, line_no,
            {{ version_columns() | join(', ') }},
            archive_id, quantity, run_seq, is_posted, version_at, version_received_at,
            {% for name, (column, more) in values.items() -%}
            {% for each in [column] + more + [name ~ '_known_at'] -%}
            first_value({{ each }}) over by_{{ name }} as {{ each }},
            {% endfor -%}
            {% endfor -%}
            min(received_at) over by_time as received_at
        from versions
        window
            {% for name, (column, more) in values.items() -%}
            by_{{ name }} as (
                partition by interaction_id
                order by
                    {{ column }} is null,
                    {{ is_provisional('platform_user_id') ~ ',' if name == 'follower' }}
                    {{ name }}_known_at, load_id, line_no
                rows between unbounded preceding and unbounded following
            ){{ ',' if not loop.last }}
            {% endfor %}
    ) as received
{% endmacro %}

{#- What is posted because of each implied state (`is_implied`) or posted one, by its name:
    state: the state from its beginning; end: its reversal when the next one begins; void: the
    entry of a state that has turned out never to have held, start: its reversal; resume: the
    reversal of an end that has moved; gone: the row that `state` or `void` replaces. -#}
{% macro ledger_postings() %}
    {{ return({
        'state': (1, 'cmp.is_implied and (not cmp.is_kept or cmp.is_changed)'),
        'end': (-1, 'cmp.is_implied and cmp.ended_at is not null and (not cmp.is_kept or cmp.is_end_moved)'),
        'gone': (0, 'not cmp.is_implied and (not cmp.is_kept or cmp.is_changed)'),
        'void': (1, 'not cmp.is_implied and not cmp.is_kept'),
        'start': (-1, 'not cmp.is_implied and not cmp.is_kept'),
        'resume': (1, 'not cmp.is_implied and cmp.ended_at is not null and (not cmp.is_kept or cmp.is_end_moved)'),
    }) }}
{% endmacro %}

{#- The posted states of the interactions that `deliveries` touch, or a changed mapping does;
    none where the ledger is rebuilt. -#}
{% macro held_states() %}
    {%- if not is_incremental() -%}
    select * from archived
    where false
    {%- else -%}
    select stn.*
    from (
        select interaction_id
        from deliveries
        {%- if is_fingerprint_changed() %}
        union
        select itr.interaction_id
        from {{ this }} as itr
        {{ join_mappings('itr', 'mappings') }}
        where itr.version_at is not null and itr.interaction_type is distinct from {{ mapped_type() }}
        {%- else %}
        group by interaction_id
        {%- endif %}
    ) as tch
    -- lateral: an index look-up per key at any size; what has no current state has no other
    cross join lateral (
        select {{ columns_of('ldg', ledger_columns()) }}
        from {{ this }} as ldg
        where ldg.interaction_id = tch.interaction_id and ldg.is_current
        {{ at_most_one() }}
    ) as crt
    -- lateral: an index look-up per known interaction
    cross join lateral (
        select {{ columns_of('crt', ledger_columns()) }}
        union all
        (
            select {{ columns_of('ldg', ledger_columns()) }}
            from {{ this }} as ldg
            where
                ldg.interaction_id = crt.interaction_id
                and not ldg.is_current
                and ldg.version_at is not null
            order by ldg.version_at
        )
    ) as stn
    {%- endif -%}
{% endmacro %}

{#- The implied states and the posted ones, with what the other side of a pair says. -#}
{% macro implied_and_posted(of_row) %}
    {%- set columns = ['interaction_id', 'workspace_id', 'platform', 'archive_id']
        + identity_columns() + version_columns() + version_times() + known_columns()
        + ['effective_at', 'ended_at'] %}
    select
        {{ columns_of('imp', columns) }},
        imp.quantity,
        {% for column in of_row -%}
        case when prs.is_kept then prs.{{ column }} else imp.{{ column }} end as {{ column }},
        coalesce(imp.ended_by_{{ column }}, imp.{{ column }}) as ended_by_{{ column }},
        {% endfor -%}
        coalesce(prs.is_kept, false) as is_kept,
        coalesce(prs.is_changed, false) as is_changed,
        coalesce(prs.is_end_moved, false) as is_end_moved,
        true as is_implied
    from implied as imp
    -- left: a version may be new
    left join pairs as prs
        on {{ is_same_version('imp', 'prs') }}
    union all
    select
        {{ columns_of('hld', columns) }},
        hld.gross_sign as quantity,
        {% for column in of_row -%}
        hld.{{ column }},
        {{ current_watermark() if column == 'run_seq' and execute else 'hld.' ~ column }}
            as ended_by_{{ column }},
        {% endfor -%}
        coalesce(prs.is_kept, false) as is_kept,
        coalesce(prs.is_changed, false) as is_changed,
        coalesce(prs.is_end_moved, false) as is_end_moved,
        false as is_implied
    from held as hld
    -- left: a state may hold no more
    left join pairs as prs
        on {{ is_same_version('hld', 'prs') }}
{% endmacro %}

{#- The entries to post, and the rows that give way to others (gross_sign 0). -#}
{% macro ledger_entries() %}
    {%- set as_posted = "pst.posting in ('state', 'void')" %}
    {%- set at_end = "pst.posting in ('end', 'resume')" %}
    select
        {{ columns_of('cmp', ['interaction_id', 'follower_id', 'post_id', 'thread_id', 'parent_id']) }},
        {{ columns_of('cmp', ['workspace_id', 'platform', 'platform_user_id', 'platform_post_id']) }},
        {{ columns_of('cmp', ['actor_kind', 'native_type', 'native_kind', 'interaction_type']) }},
        {{ columns_of('cmp', ['text', 'sentiment', 'time_precision', 'key_quality', 'metadata']) }},
        cmp.archive_id,
        {% for column in ['load_id', 'line_no', 'run_seq'] -%}
        case when {{ as_posted }} then cmp.{{ column }} else cmp.ended_by_{{ column }} end
            as {{ column }},
        {% endfor -%}
        pst.direction * cmp.sign as sign,
        pst.direction * cmp.quantity as gross_sign,
        pst.posting = 'state' and cmp.ended_at is null as is_current,
        cmp.occurred_at,
        cmp.received_at,
        case when {{ at_end }} then cmp.ended_at else cmp.effective_at end as effective_at,
        -- what did not hold ended as it began
        case
            when pst.posting in ('state', 'resume') then cmp.ended_at
            when pst.posting = 'void'
                then coalesce(cmp.effective_at, {{ to_instant("'-infinity'") }})
        end as ended_at,
        {% for column in ['version_at', 'version_received_at'] -%}
        case when pst.posting in ('state', 'gone') then cmp.{{ column }} end as {{ column }},
        {% endfor -%}
        {% for column in version_times()[2:] + known_columns() -%}
        case when pst.posting = 'state' then cmp.{{ column }} end as {{ column }}{{ ',' if not loop.last }}
        {% endfor -%}
    from compared as cmp
    cross join (
        values
        {% for name, (direction, condition) in ledger_postings().items() -%}
        ('{{ name }}', {{ direction }}){{ ',' if not loop.last }}
        {% endfor -%}
    ) as pst (posting, direction)
    -- as a case, not as a disjunction: PostgreSQL would compute `compared` once per posting
    where
        case pst.posting
            {% for name, (direction, condition) in ledger_postings().items() -%}
            when '{{ name }}' then {{ condition }}
            {% endfor -%}
        end
{% endmacro %}

{#- Whether two rows are about the same version of the same interaction. -#}
{% macro is_same_version(row, other) %}
    {{ row }}.interaction_id = {{ other }}.interaction_id
    and {{ row }}.version_at = {{ other }}.version_at
    and ({{ row }}.version_received_at is null) = ({{ other }}.version_received_at is null)
{%- endmacro %}

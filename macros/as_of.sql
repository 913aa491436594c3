{#- The instant that every time-relative number is relative to: var `as_of`, or the moment
    of the query. The only place where the clock is read. -#}
{% macro as_of() %}
    {%- set instant = var('as_of') -%}
    {%- if instant is none -%}
        {{ return('current_timestamp') }}
    {%- endif -%}
    {{ return(to_instant("'" ~ checked_instant('as_of', instant) ~ "'")) }}
{% endmacro %}

{#- An instant given from outside, checked before it becomes part of a statement. -#}
{% macro checked_instant(name, instant) %}
    {%- set pattern = '^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2}))?$' -%}
    {%- if not modules.re.match(pattern, instant | string) -%}
        {{ exceptions.raise_compiler_error(name ~ " must be a day or an instant with its zone, like 2026-03-01 or 2026-03-01T12:00:00Z, not '" ~ instant ~ "'") }}
    {%- endif -%}
    {{ return(instant | string ~ ('T00:00:00Z' if (instant | string | length) == 10 else '')) }}
{% endmacro %}

{#- Whether something had been received by var `known_at`: the filter of everything that is
    made of loads, where they are read. -#}
{% macro is_known(received_at) %}
    {%- set known_at = var('known_at') -%}
    {%- if known_at is none -%}{{ return('true') }}{%- endif -%}
    {{ return(received_at ~ ' <= ' ~ to_instant("'" ~ checked_instant('known_at', known_at) ~ "'")) }}
{% endmacro %}

{#- Whether a ledger entry has taken effect by an instant. -#}
{% macro is_in_effect(entry, instant) %}
    ({{ entry }}.effective_at is null or {{ entry }}.effective_at <= {{ instant }})
{% endmacro %}

{#- Whether an entry is the state of its interaction that holds at an instant: what was changed or
    retracted only later still held. Each side of the `or` names the condition of one partial index
    on interaction_id, so that PostgreSQL finds a single interaction by both. -#}
{% macro holds_at(entry, instant) %}
    {{ entry }}.gross_sign > 0
    and {{ is_in_effect(entry, instant) }}
    and (
        {{ entry }}.is_current
        or (not {{ entry }}.is_current and {{ entry }}.ended_at > {{ instant }})
    )
{% endmacro %}

{#- Select of the state of an interaction that counts at the run's instant: an index look-up; no row
    where it is retracted or not yet in effect, or the condition on it, `ent`, does not hold. -#}
{% macro state_in_effect(entries, interaction_id, condition='true') %}
    select ent.*
    from {{ entries }} as ent
    where
        {{ condition }}
        and ent.interaction_id = {{ interaction_id }}
        and ent.sign = 1
        and {{ holds_at('ent', run_as_of()) }}
    {{ at_most_one() }}
{% endmacro %}

{#- The states that another one has replaced in the ledger, but that still hold at the instant:
    what replaces them takes effect later. Found by their ends. -#}
{% macro entries_still_in_effect(entries, columns, instant) %}
    select {{ columns_of('ldg', columns) }}
    from {{ entries }} as ldg
    where
        ldg.ended_at > {{ instant }}
        and ldg.version_at is not null
        and {{ is_in_effect('ldg', instant) }}
{% endmacro %}

{#- Select of the ids of an account that something of is in effect at the run's instant; no row
    for another account, nor where `condition` does not hold. -#}
{% macro identity_in_effect(entries, follower_id, condition) %}
    select
        ent.workspace_id,
        ent.platform,
        ent.platform_user_id
    from {{ entries }} as ent
    where
        {{ condition }}
        and ent.follower_id = {{ follower_id }}
        and {{ holds_at('ent', run_as_of()) }}
    {{ first_by('ent.occurred_at') }}
{% endmacro %}

{#- Whether something was observed by an instant; an unknown time counts. -#}
{% macro is_observed(observed_at, instant) %}({{ observed_at }} is null or {{ observed_at }} <= {{ instant }}){% endmacro %}

{#- What of some keys is in effect at the instant of the run, one row per current entry: from the CTEs
    `touched` (the keys) and `entries` (the ledger, not materialized). -#}
{% macro touched_in_effect(key) %}
    {%- set columns = [
        'follower_id', 'post_id', 'interaction_type', 'sign', 'gross_sign', 'occurred_at'
    ] -%}
    select ldg.*
    from touched as tch
    -- lateral: an index look-up per key at any size
    cross join lateral (
        select {{ columns_of('std', columns) }}
        from entries as std
        where
            std.{{ key }} = tch.{{ key }}
            and std.is_current
            and {{ is_in_effect('std', run_as_of()) }}
    ) as ldg
    union all
    select hld.*
    from touched as tch
    -- inner: most have nothing that is about to be replaced
    inner join (
        {{ entries_still_in_effect('entries', columns, run_as_of()) }}
    ) as hld on tch.{{ key }} = hld.{{ key }}
{% endmacro %}

{#- When the first and the last interaction of a key happened, in a model of strategy `additive`:
    bounds do not add up. New entries (`sms`) widen what is stored (`str`); where something was
    taken away, the ledger says what is left (`bnd`), with what is replaced only later (`hld`). -#}

{#- Select per key of the bounds of what is replaced only later, from CTE `ledger`. -#}
{% macro bounds_of_what_ends_later(key) %}
    select
        {{ key }},
        min(occurred_at) filter (where sign > 0) as first_at,
        max(occurred_at) filter (where sign > 0) as last_at,
        min(received_at) as first_landed_at
    from (
        {{ entries_still_in_effect(
            'ledger', [key, 'sign', 'occurred_at', 'received_at'], run_as_of()
        ) }}
    ) as held
    group by {{ key }}
{% endmacro %}

{#- Joins of the new sums `sms` with the bounds of their key; `ledger` is not materialized, CTE
    `held_bounds` is that of `bounds_of_what_ends_later`, `stored` the columns to look up. -#}
{% macro join_bounds(key, stored) %}
    -- lateral: two index look-ups for a key that has lost something
    left join lateral (
        select
            min(ldg.occurred_at) as first_at,
            max(ldg.occurred_at) as last_at
        from ledger as ldg
        where
            sms.may_have_lost_a_bound
            and ldg.{{ key }} = sms.{{ key }}
            and ldg.is_current
            and ldg.sign > 0
            and {{ is_in_effect('ldg', run_as_of()) }}
    ) as bnd on true
    -- left: most have nothing that is about to be replaced
    left join held_bounds as hld on sms.{{ key }} = hld.{{ key }}
    {%- if is_incremental() %}
    -- left, lateral: an index look-up per key, which may be new
    left join lateral (
        select {{ columns_of('sto', stored) }}
        from {{ this }} as sto
        where sto.{{ key }} = sms.{{ key }}
        {{ at_most_one() }}
    ) as str on true
    {%- endif %}
{%- endmacro %}

{#- The bounds after `join_bounds`. -#}
{% macro first_and_last() -%}
        {%- set stored = 'str' if is_incremental() else 'sms' -%}
        case
            when sms.may_have_lost_a_bound then least(bnd.first_at, hld.first_at)
            else least(sms.first_at, {{ stored }}.first_at)
        end as first_at,
        case
            when sms.may_have_lost_a_bound then greatest(bnd.last_at, hld.last_at)
            else greatest(sms.last_at, {{ stored }}.last_at)
        end as last_at
{%- endmacro %}

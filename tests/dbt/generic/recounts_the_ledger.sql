{#- The stored totals of a key are what a recount of its entries in effect gives. -#}
{% test recounts_the_ledger(model, key) %}
with

entries as {{ not_materialized() }} (
    select * from {{ ref('interaction_ledger') }}
),

counts as {{ not_materialized() }} (
    select * from {{ model }}
),

touched as (
    {{ recounted_keys(key) }}
),

in_effect as (
    {{ touched_in_effect(key) }}
),

recounted as (
    select
        {{ key }},
        {{ to_whole_number('sum(gross_sign)') }} as gross_interaction_count,
        {{ to_whole_number('sum(sign)') }} as interaction_count,
        {{ sums_per_type('sign') }},
        min(occurred_at) filter (where sign > 0) as first_at,
        max(occurred_at) filter (where sign > 0) as last_at
    from in_effect
    group by {{ key }}
),

stored as (
    select
        ttl.{{ key }},
        ttl.gross_interaction_count,
        ttl.interaction_count,
        {{ count_columns('ttl') }},
        ttl.first_at,
        ttl.last_at
    from touched as tch
    -- inner: nothing in effect, no row
    inner join counts as ttl on tch.{{ key }} = ttl.{{ key }}
),

missing as (
    select * from recounted
    except
    select * from stored
),

unexpected as (
    select * from stored
    except
    select * from recounted
)

select {{ key }} from missing
union all
select {{ key }} from unexpected
{% endtest %}

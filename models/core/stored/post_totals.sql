{{
    config(
        incremental_strategy='additive',
        unique_key=['post_id'],
        meta={
            'added': added_columns([], per_type=true),
        },
    )
}}
{% set is_stored = is_brought_forward() %}

with

ledger as (
    select * from {{ ref('interaction_ledger') }}
),

-- imported once for each index: what is read twice is read whole and loses them
standing as (
    select * from {{ ref('interaction_ledger') }}
),

reversals as (
    select * from {{ ref('interaction_ledger') }}
),

replaced as (
    select * from {{ ref('interaction_ledger') }}
),

sums as (
    select
        ldg.post_id,
        ldg.workspace_id,
        ldg.platform,
        ldg.platform_post_id,
        {{ to_whole_number('sum(ldg.gross_sign)') }} as gross_interaction_count,
        {{ to_whole_number('sum(ldg.sign)') }} as interaction_count,
        {{ sums_per_type('ldg.sign') }},
        coalesce(bool_or(ldg.gross_sign < 0), false) as may_have_lost_a_bound,
        min(ldg.occurred_at) filter (where ldg.sign > 0) as first_at,
        max(ldg.occurred_at) filter (where ldg.sign > 0) as last_at
    from ledger as ldg
    where ldg.post_id is not null and {{ is_unconsumed('ldg') }}
    group by ldg.post_id, ldg.workspace_id, ldg.platform, ldg.platform_post_id
    having {{ is_worth_a_row('sum(ldg.gross_sign)') }}
),

-- what is replaced only later still holds
held as (
    {{ entries_still_in_effect(
        'reversals', 'replaced', ['post_id', 'sign', 'occurred_at'], run_as_of()
    ) }}
),

held_bounds as (
    select
        post_id,
        min(occurred_at) as first_at,
        max(occurred_at) as last_at
    from held
    where sign > 0
    group by post_id
),

bounded as (
    select
        sms.post_id,
        sms.workspace_id,
        sms.platform,
        sms.platform_post_id,
        {{ columns_of('sms', added_columns([], per_type=true)) }},
        {{ first_and_last(is_stored) }}
    from sums as sms
    -- first and last do not add up: where something was taken away, the ledger has to
    -- say; lateral: two index look-ups per key
    left join lateral (
        select
            min(ldg.occurred_at) as first_at,
            max(ldg.occurred_at) as last_at
        from standing as ldg
        where
            sms.may_have_lost_a_bound
            and ldg.post_id = sms.post_id
            and ldg.is_standing
            and ldg.sign > 0
            and {{ is_in_effect('ldg', run_as_of()) }}
    ) as bnd on true
    -- left: most have nothing that is about to be replaced
    left join held_bounds as hld on sms.post_id = hld.post_id
    {%- if is_stored %}
    -- left, lateral with a limit: it may be new; an index look-up per key at any size
    left join lateral (
        select
            sto.first_at,
            sto.last_at
        from {{ this }} as sto
        where sto.post_id = sms.post_id
        limit 1  -- one at most -- noqa: AM09
    ) as str on true
    {%- endif %}
)

select * from bounded

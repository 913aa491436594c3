{{
    config(
        incremental_strategy='additive',
        unique_key=['post_id'],
        meta={
            'added': added_columns([], per_type=true),
        },
    )
}}

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
        {{ sums_per_type('ldg.sign') }}
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
        sms.*,
        least(bnd.first_at, hld.first_at) as first_at,
        greatest(bnd.last_at, hld.last_at) as last_at
    from sums as sms
    -- first and last do not add up; lateral: two index look-ups per key
    left join lateral (
        select
            min(ldg.occurred_at) as first_at,
            max(ldg.occurred_at) as last_at
        from standing as ldg
        where
            ldg.post_id = sms.post_id
            and ldg.is_standing
            and ldg.sign > 0
            and {{ is_in_effect('ldg', run_as_of()) }}
    ) as bnd on true
    -- left: most have nothing that is about to be replaced
    left join held_bounds as hld on sms.post_id = hld.post_id
)

select * from bounded

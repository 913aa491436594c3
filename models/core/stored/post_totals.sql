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

-- imported once more: what is read twice is read whole and loses its indexes
standing as (
    select * from {{ ref('interaction_ledger') }}
),

sums as (
    select
        post_id,
        workspace_id,
        platform,
        platform_post_id,
        {{ to_whole_number('sum(gross_sign)') }} as gross_interaction_count,
        {{ to_whole_number('sum(sign)') }} as interaction_count,
        {{ sums_per_type('sign') }}
    from ledger
    where post_id is not null and {{ is_unconsumed('run_seq') }}
    group by post_id, workspace_id, platform, platform_post_id
),

bounded as (
    select
        sms.*,
        bnd.first_at,
        bnd.last_at
    from sums as sms
    -- first and last do not add up; lateral: two index look-ups per key
    left join lateral (
        select
            min(ldg.occurred_at) as first_at,
            max(ldg.occurred_at) as last_at
        from standing as ldg
        where ldg.post_id = sms.post_id and ldg.is_standing and ldg.sign = 1
    ) as bnd on true
)

select * from bounded

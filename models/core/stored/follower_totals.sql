{{
    config(
        incremental_strategy='additive',
        unique_key=['follower_id'],
        meta={
            'added': added_columns(['bot_interaction_count'], per_type=true),
            'lowered': ['first_landed_at'],
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
        follower_id,
        workspace_id,
        platform,
        platform_user_id,
        {{ to_whole_number('sum(gross_sign)') }} as gross_interaction_count,
        {{ to_whole_number('sum(sign)') }} as interaction_count,
        {{ sums_per_type('sign') }},
        {{ to_whole_number(
            "coalesce(sum(gross_sign) filter (where actor_kind = 'bot'), 0)"
        ) }} as bot_interaction_count,
        min(received_at) as first_landed_at
    from ledger
    where follower_id is not null and {{ is_unconsumed('run_seq') }}
    group by follower_id, workspace_id, platform, platform_user_id
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
        where ldg.follower_id = sms.follower_id and ldg.is_standing and ldg.sign = 1
    ) as bnd on true
)

select * from bounded

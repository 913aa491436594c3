{{
    config(
        incremental_strategy='additive',
        unique_key=['follower_id'],
        meta={
            'added': added_columns([], per_type=true, decayed=true),
            'settings': ['decay_half_life_days', 'decay_origin'],
        },
    )
}}

with

ledger as {{ not_materialized() }} (
    select * from {{ ref('interaction_ledger') }}
),

archives as (
    select * from {{ ref('stg_archived_interactions') }}
),

unconsumed as (
    select
        ldg.*,
        arc.later_decayed_count as weight_of_many
    from ledger as ldg
    -- left, lateral: an index look-up per entry that stands for many
    left join lateral (
        select ach.later_decayed_count
        from archives as ach
        where
            abs(ldg.gross_sign) > 1
            and ach.archive_id = ldg.archive_id
            and ach.decay_basis = '{{ decay_basis() }}'
        {{ at_most_one() }}
    ) as arc on true
    where ldg.follower_id is not null and {{ is_unconsumed('ldg') }}
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
        {{ decayed_sums_per_type('sign', 'weight_of_many') }},
        coalesce(bool_or(gross_sign < 0), false) as may_have_lost_a_bound,
        -- what is reversed from its beginning turned out never to have held
        coalesce(bool_or(
            gross_sign < 0 and effective_at is not distinct from occurred_at
        ), false) as may_have_lost_its_first,
        min(occurred_at) filter (where sign > 0) as first_at,
        max(occurred_at) filter (where sign > 0) as last_at,
        min(received_at) as first_landed_at
    from unconsumed
    group by follower_id, workspace_id, platform, platform_user_id
    having {{ is_worth_a_row('sum(gross_sign)') }}
),

-- what is replaced only later still holds
held_bounds as (
    {{ bounds_of_what_ends_later('follower_id') }}
),

bounded as (
    select
        sms.follower_id,
        sms.workspace_id,
        sms.platform,
        sms.platform_user_id,
        {{ columns_of('sms', added_columns([], per_type=true, decayed=true)) }},
        case
            when sms.may_have_lost_its_first
                then least(lnd.first_landed_at, hld.first_landed_at)
            else least(
                sms.first_landed_at,
                {{ 'str' if is_incremental() else 'sms' }}.first_landed_at
            )
        end as first_landed_at,
        {{ first_and_last() }}
    from sums as sms
    {{ join_bounds('follower_id', ['first_landed_at', 'first_at', 'last_at']) }}
    -- left, lateral: what turned out to be of another time or account is not there any
    -- more; an index look-up for a key that may have lost its first
    left join lateral (
        select min(ldg.received_at) as first_landed_at
        from ledger as ldg
        where
            sms.may_have_lost_its_first
            and ldg.follower_id = sms.follower_id
            and ldg.is_current
            and {{ is_in_effect('ldg', run_as_of()) }}
    ) as lnd on true
)

select * from bounded

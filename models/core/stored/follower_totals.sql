{{
    config(
        incremental_strategy='additive',
        unique_key=['follower_id'],
        meta={
            'added': added_columns(
                ['bot_interaction_count'], per_type=true, decayed=true
            ),
            'settings': ['decay_half_life_days', 'decay_origin'],
        },
    )
}}
{% set is_stored = is_brought_forward() %}

with

ledger as (
    select * from {{ ref('interaction_ledger') }}
),

archives as (
    select * from {{ ref('stg_archived_interactions') }}
),

-- imported once for each index: what is read twice is read whole and loses them
standing as (
    select * from {{ ref('interaction_ledger') }}
),

landed as (
    select * from {{ ref('interaction_ledger') }}
),

reversals as (
    select * from {{ ref('interaction_ledger') }}
),

replaced as (
    select * from {{ ref('interaction_ledger') }}
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
        limit 1  -- one at most -- noqa: AM09
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
        {{ to_whole_number(
            "coalesce(sum(gross_sign) filter (where actor_kind = 'bot'), 0)"
        ) }} as bot_interaction_count,
        coalesce(bool_or(gross_sign < 0), false) as may_have_lost_a_bound,
        coalesce(bool_or(gross_sign < 0 and occurred_at is null), false)
            as may_have_lost_its_first,
        min(occurred_at) filter (where sign > 0) as first_at,
        max(occurred_at) filter (where sign > 0) as last_at,
        min(received_at) as first_landed_at
    from unconsumed
    group by follower_id, workspace_id, platform, platform_user_id
    having {{ is_worth_a_row('sum(gross_sign)') }}
),

-- what is replaced only later still holds
held as (
    {{ entries_still_in_effect(
        'reversals',
        'replaced',
        ['follower_id', 'sign', 'occurred_at', 'received_at'],
        run_as_of()
    ) }}
),

held_bounds as (
    select
        follower_id,
        min(occurred_at) filter (where sign > 0) as first_at,
        max(occurred_at) filter (where sign > 0) as last_at,
        min(received_at) as first_landed_at
    from held
    group by follower_id
),

bounded as (
    select
        sms.follower_id,
        sms.workspace_id,
        sms.platform,
        sms.platform_user_id,
        {{ columns_of('sms', added_columns(
            ['bot_interaction_count'], per_type=true, decayed=true
        )) }},
        case
            when sms.may_have_lost_its_first
                then least(lnd.first_landed_at, hld.first_landed_at)
            else least(sms.first_landed_at{{ ', str.first_landed_at' if is_stored }})
        end as first_landed_at,
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
            and ldg.follower_id = sms.follower_id
            and ldg.is_standing
            and ldg.sign > 0
            and {{ is_in_effect('ldg', run_as_of()) }}
    ) as bnd on true
    -- what had no time and gets one that has not come yet is not there any more
    left join lateral (
        select min(ldg.received_at) as first_landed_at
        from landed as ldg
        where
            sms.may_have_lost_its_first
            and ldg.follower_id = sms.follower_id
            and ldg.is_standing
            and {{ is_in_effect('ldg', run_as_of()) }}
    ) as lnd on true
    -- left: most have nothing that is about to be replaced
    left join held_bounds as hld on sms.follower_id = hld.follower_id
    {%- if is_stored %}
    -- left, lateral with a limit: it may be new; an index look-up per key at any size
    left join lateral (
        select
            sto.first_landed_at,
            sto.first_at,
            sto.last_at
        from {{ this }} as sto
        where sto.follower_id = sms.follower_id
        limit 1  -- one at most -- noqa: AM09
    ) as str on true
    {%- endif %}
)

select * from bounded

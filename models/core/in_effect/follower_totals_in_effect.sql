with

totals as (
    select * from {{ ref('follower_totals') }}
),

ledger as (
    select * from {{ ref('interaction_ledger') }}
),

interactions as (
    select * from {{ ref('interactions_in_effect') }}
),

later as (
    select
        ldg.follower_id,
        {{ to_whole_number('sum(ldg.gross_sign)') }} as gross_interaction_count,
        {{ to_whole_number('sum(ldg.sign)') }} as interaction_count,
        {{ sums_per_type('sign') }},
        {{ to_whole_number(
            "coalesce(sum(ldg.gross_sign) filter (where ldg.actor_kind = 'bot'), 0)"
        ) }} as bot_interaction_count
    from ledger as ldg
    where {{ is_not_yet_in_effect('ldg') }}
    group by ldg.follower_id
),

-- first and last do not subtract: looked up where something is not in effect yet
bounds as (
    select
        itr.follower_id,
        min(itr.occurred_at) filter (where itr.sign = 1) as first_at,
        max(itr.occurred_at) filter (where itr.sign = 1) as last_at,
        min(itr.received_at) as first_landed_at
    from interactions as itr
    where itr.follower_id in (select lat.follower_id from later as lat)
    group by itr.follower_id
),

in_effect as (
    select
        ttl.follower_id,
        ttl.workspace_id,
        ttl.platform,
        ttl.platform_user_id,
        ttl.gross_interaction_count
        - coalesce(lat.gross_interaction_count, 0) as gross_interaction_count,
        ttl.interaction_count
        - coalesce(lat.interaction_count, 0) as interaction_count,
        {{ counts_in_effect('ttl', 'lat') }},
        ttl.bot_interaction_count
        > coalesce(lat.bot_interaction_count, 0) as is_bot_actor,
        case
            when lat.follower_id is null then ttl.first_at else bnd.first_at
        end as first_at,
        case
            when lat.follower_id is null then ttl.last_at else bnd.last_at
        end as last_at,
        case
            when lat.follower_id is null then ttl.first_landed_at
            else bnd.first_landed_at
        end as first_landed_at
    from totals as ttl
    -- left: most have nothing that is not in effect yet
    left join later as lat on ttl.follower_id = lat.follower_id
    left join bounds as bnd on ttl.follower_id = bnd.follower_id
)

select * from in_effect
where gross_interaction_count > 0

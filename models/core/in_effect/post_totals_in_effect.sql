with

totals as (
    select * from {{ ref('post_totals') }}
),

ledger as (
    select * from {{ ref('interaction_ledger') }}
),

interactions as (
    select * from {{ ref('interactions_in_effect') }}
),

later as (
    select
        ldg.post_id,
        {{ to_whole_number('sum(ldg.gross_sign)') }} as gross_interaction_count,
        {{ to_whole_number('sum(ldg.sign)') }} as interaction_count,
        {{ sums_per_type('sign') }}
    from ledger as ldg
    where {{ is_not_yet_in_effect('ldg') }}
    group by ldg.post_id
),

-- first and last do not subtract: looked up where something is not in effect yet
bounds as (
    select
        itr.post_id,
        min(itr.occurred_at) as first_at,
        max(itr.occurred_at) as last_at
    from interactions as itr
    where itr.sign = 1 and itr.post_id in (select lat.post_id from later as lat)
    group by itr.post_id
),

in_effect as (
    select
        ttl.post_id,
        ttl.workspace_id,
        ttl.platform,
        ttl.platform_post_id,
        ttl.gross_interaction_count
        - coalesce(lat.gross_interaction_count, 0) as gross_interaction_count,
        ttl.interaction_count
        - coalesce(lat.interaction_count, 0) as interaction_count,
        {{ counts_in_effect('ttl', 'lat') }},
        case
            when lat.post_id is null then ttl.first_at else bnd.first_at
        end as first_at,
        case
            when lat.post_id is null then ttl.last_at else bnd.last_at
        end as last_at
    from totals as ttl
    -- left: most have nothing that is not in effect yet
    left join later as lat on ttl.post_id = lat.post_id
    left join bounds as bnd on ttl.post_id = bnd.post_id
)

select * from in_effect
where gross_interaction_count > 0

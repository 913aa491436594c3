{{
    config(
        incremental_strategy='keyed',
        unique_key=['follower_id'],
        meta={
            'seeds': ['engagement_weights', 'engagement_tiers', 'own_accounts'],
            'delete_when_null': 'workspace_id',
        },
    )
}}

with

entries as (
    select * from {{ ref('interaction_ledger') }}
),

decisions as (
    select * from {{ ref('stg_decisions') }}
),

posts as (
    select * from {{ ref('stg_posts') }}
),

totals as {{ not_materialized() }} (
    select * from {{ ref('follower_totals') }}
),

excluded as (
    select * from {{ ref('excluded_accounts') }}
),

tiers as (
    select * from {{ ref('engagement_tiers') }}
),

numbered_tiers as (
    select
        engagement_tier,
        row_number() over (order by minimum_score desc nulls last) as tier_number
    from tiers
),

touched as (
    {% if is_incremental() -%}
    select ldg.follower_id
    from entries as ldg
    where ldg.follower_id is not null and {{ is_unconsumed('ldg') }}
    union
    select follower_id
    from decisions
    where {{ is_of_unconsumed_run('run_seq') }}
    union
    select owner_id as follower_id
    from posts
    where owner_id is not null and {{ is_in_unconsumed_load('load_id') }}
    {%- else -%}
    select follower_id from totals
    {%- endif %}
),

scored as (
    select
        tch.follower_id,
        ttl.workspace_id,
        {{ function('determine_engagement_tier') }}({{ engagement_score('ttl') }})
            as engagement_tier,
        {{ engagement_score('ttl') }} as engagement_score,
        ttl.interaction_count
    from touched as tch
    -- left, lateral: an index look-up per key; who is excluded or inactive leaves
    left join lateral (
        select tot.*
        from totals as tot
        left join excluded as exc on tot.follower_id = exc.follower_id
        where
            tot.follower_id = tch.follower_id
            and tot.interaction_count > 0
            and exc.follower_id is null
        {{ at_most_one() }}
    ) as ttl on true
    where {{ is_there_or_gone('ttl.workspace_id') }}
),

ranking as (
    select
        scr.follower_id,
        scr.workspace_id,
        scr.engagement_tier,
        scr.engagement_score,
        scr.interaction_count,
        -- who reaches no tier comes after all of them
        coalesce(trs.tier_number, (select count(*) + 1 from tiers)) as tier_number
    from scored as scr
    -- left: without a tier for everybody else some have none
    left join numbered_tiers as trs on scr.engagement_tier = trs.engagement_tier
)

select * from ranking

{{
    config(
        incremental_strategy='keyed',
        unique_key=['follower_id'],
        meta={
            'basis': ['engagement_weights', 'engagement_tiers'],
            'gone_without': 'workspace_id',
        },
    )
}}

with

entries as (  -- read where rows are brought forward -- noqa: ST03
    select * from {{ ref('interaction_ledger') }}
),

decisions as (  -- read where rows are brought forward -- noqa: ST03
    select * from {{ ref('stg_decisions') }}
),

accounts as (
    select * from {{ ref('accounts') }}
),

-- imported once for each index: what is read twice is read whole and loses them
known_accounts as (
    select * from {{ ref('accounts') }}
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

lowest as (
    select count(*) + 1 as tier_number from tiers
),

{% if is_brought_forward() -%}
touched as (
    select ldg.follower_id
    from entries as ldg
    where ldg.follower_id is not null and {{ is_unconsumed('ldg') }}
    union
    select follower_id
    from decisions
    where {{ is_of_unconsumed_run('run_seq') }}
),
{%- else -%}
touched as (
    select follower_id from accounts
),
{%- endif %}

scored as (
    select
        tch.follower_id,
        acc.workspace_id,
        {{ engagement_score('acc') }} as engagement_score,
        acc.interaction_count
    from touched as tch
    -- left, lateral with a limit: who is excluded or has nothing left is taken away; an
    -- index look-up per key at any size
    left join lateral (
        select act.*
        from known_accounts as act
        where
            act.follower_id = tch.follower_id
            and act.exclusion_reason is null
            and act.interaction_count > 0
        limit 1  -- one at most -- noqa: AM09
    ) as acc on true
    where {{ is_there_or_gone('acc.workspace_id') }}
),

tiered as (
    select
        *,
        {{ function('determine_engagement_tier') }}(engagement_score)
            as engagement_tier
    from scored
),

ranking as (
    select
        trd.follower_id,
        trd.workspace_id,
        trd.engagement_tier,
        trd.engagement_score,
        trd.interaction_count,
        coalesce(trs.tier_number, lst.tier_number) as tier_number
    from tiered as trd
    cross join lowest as lst
    -- left: without a tier for everybody else some have none
    left join numbered_tiers as trs on trd.engagement_tier = trs.engagement_tier
)

select * from ranking

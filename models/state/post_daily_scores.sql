{{
    config(
        incremental_strategy='keyed',
        unique_key=['workspace_id', 'platform', 'posted_date'],
        meta={'seeds': 'engagement_weights', 'delete_when_null': 'scores'},
    )
}}

with

entries as (
    select * from {{ ref('interaction_ledger') }}
),

deliveries as (
    select * from {{ ref('stg_posts') }}
),

posts as {{ not_materialized() }} (
    select * from {{ ref('current_posts') }}
),

totals as (
    select * from {{ ref('post_totals') }}
),

touched as (
    {{ touched_posts() }}
),

-- the days that they are on, and those that they have left
touched_days as (
    select distinct
        pst.workspace_id,
        pst.platform,
        dys.posted_date
    from touched as tch
    -- inner: a post that nobody has described has no day
    inner join posts as pst on tch.post_id = pst.post_id
    cross join lateral {{ elements('pst.posted_dates') }} as dys (posted_date)
),

daily as (
    select
        tch.workspace_id,
        tch.platform,
        scd.scores,
        tch.posted_date
    from touched_days as tch
    -- lateral: the posts of one day, by index
    inner join lateral (
        select {{ sorted_values(engagement_score('ttl')) }} as scores
        from posts as pst
        -- left: a post that nobody has touched scores 0
        left join totals as ttl on pst.post_id = ttl.post_id
        where
            pst.workspace_id = tch.workspace_id
            and pst.platform = tch.platform
            and {{ local_date('pst.posted_at', "'UTC'") }} = tch.posted_date
            and not {{ is_of_what_was_said('pst.native_type') }}
    ) as scd on true
    where {{ is_there_or_gone('scd.scores') }}
)

select * from daily

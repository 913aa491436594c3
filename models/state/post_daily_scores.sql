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

posts as (
    select * from {{ ref('current_posts') }}
),

scores as (
    select * from {{ ref('post_scores') }}
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
    cross join {{ elements('pst.posted_dates') }} as dys (posted_date)
),

daily as (
    select
        tch.workspace_id,
        tch.platform,
        scd.scores,
        tch.posted_date
    from touched_days as tch
    -- lateral: the scores of one day, by index
    cross join
        lateral (
            select {{ sorted_values('scr.engagement_score') }} as scores
            from scores as scr
            where
                scr.workspace_id = tch.workspace_id
                and scr.platform = tch.platform
                and scr.posted_date = tch.posted_date
        ) as scd
    where {{ is_there_or_gone('scd.scores') }}
)

select * from daily

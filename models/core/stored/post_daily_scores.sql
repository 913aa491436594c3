{{
    config(
        incremental_strategy='keyed',
        unique_key=['workspace_id', 'platform', 'posted_date'],
        meta={'basis': 'engagement_weights', 'gone_without': 'scores'},
    )
}}

with

entries as (  -- read where rows are brought forward -- noqa: ST03
    select * from {{ ref('interaction_ledger') }}
),

deliveries as (  -- read where rows are brought forward -- noqa: ST03
    select * from {{ ref('stg_posts') }}
),

posts as (
    select * from {{ ref('current_posts') }}
),

scores as (
    select * from {{ ref('post_scores') }}
),

{% if is_brought_forward() -%}
touched as (
    select ldg.post_id
    from entries as ldg
    where ldg.post_id is not null and {{ is_unconsumed('ldg') }}
    union
    select post_id
    from deliveries
    where {{ is_in_unconsumed_load('load_id') }}
),
{%- else -%}
touched as (
    select post_id from posts
),
{%- endif %}

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

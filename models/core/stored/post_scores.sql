{{
    config(
        incremental_strategy='keyed',
        unique_key=['post_id'],
        indexes=[
            {'columns': [
                'workspace_id', 'platform', 'posted_date', 'posted_at', 'engagement_score',
            ]},
        ],
        meta={
            'basis': 'engagement_weights',
            'gone_without': 'workspace_id',
            'is_read_by_index': true,
        },
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

totals as (
    select * from {{ ref('post_totals') }}
),

touched as (
    {{ touched_posts() }}
),

scored as (
    select
        pst.post_id,
        pst.workspace_id,
        pst.platform,
        {{ engagement_score('ttl') }} as engagement_score,
        {{ local_date('pst.posted_at', "'UTC'") }} as posted_date,
        pst.posted_at
    from touched as tch
    -- inner: a post of which nobody has said when it was published is not compared
    inner join posts as pst
        on tch.post_id = pst.post_id and pst.posted_at is not null
    -- left: a post that nobody has touched scores 0
    left join totals as ttl on pst.post_id = ttl.post_id
)

select * from scored

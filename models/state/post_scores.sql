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
            'seeds': 'engagement_weights',
            'delete_when_null': 'workspace_id',
            'is_read_by_index': true,
        },
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

totals as (
    select * from {{ ref('post_totals') }}
),

touched as (
    {{ touched_posts() }}
),

scored as (
    select
        tch.post_id,
        pst.workspace_id,
        pst.platform,
        {{ engagement_score('ttl') }} as engagement_score,
        {{ local_date('pst.posted_at', "'UTC'") }} as posted_date,
        pst.posted_at
    from touched as tch
    -- left: neither a post without a time of publication nor a comment is compared
    left join posts as pst
        on
            tch.post_id = pst.post_id
            and pst.posted_at is not null
            and not {{ is_of_what_was_said('pst.native_type') }}
    -- left: a post that nobody has touched scores 0
    left join totals as ttl on pst.post_id = ttl.post_id
    where {{ is_there_or_gone('pst.workspace_id') }}
)

select * from scored

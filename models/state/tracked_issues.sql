{{
    config(
        incremental_strategy='merge',
        unique_key='post_id',
        indexes=[{'columns': ['workspace_id', 'issue_reference']}],
        meta={'seeds': 'issue_trackers'},
    )
}}

with

posts as (
    select *
    from {{ ref('stg_posts') }}
    where {{ is_in_unconsumed_load('load_id') }}
),

trackers as (
    select * from {{ ref('issue_trackers') }}
),

named as (
    select
        pst.*,
        coalesce(
            {{ first_in_text('pst.url', 'trk.url_pattern') }},
            {{ first_in_text('pst.platform_post_id', "'^" ~ issue_pattern() ~ "$'") }}
        ) as issue_reference
    from posts as pst
    -- inner: only what a tracker calls an issue is one; without a type it may be
    inner join trackers as trk
        on
            pst.platform = trk.platform
            and coalesce(pst.native_type, trk.native_type) = trk.native_type
),

known as (
    select * from named
    -- what does not say how the issue is called leaves what is known
    where issue_reference is not null
),

newest as (
    select
        post_id,
        workspace_id,
        platform,
        issue_reference,
        platform_post_id as linear_id
    from ({{ newest_of('known', 'post_id') }}) as newest
)

select * from newest

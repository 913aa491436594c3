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

numbered as (
    select
        *,
        row_number() over (
            partition by post_id order by run_seq desc, load_id desc, line_no desc
        ) as newest_first
    from named
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
    from numbered
    where newest_first = 1
)

select * from newest

with

content as (
    select * from {{ ref('stg_content') }}
),

listed as (
    select
        cnt.content_id,
        cnt.workspace_id,
        {{ json_text('pst.post', 'platform') }} as platform,
        {{ json_text('pst.post', 'post_id') }} as platform_post_id,
        cnt.run_seq,
        cnt.load_id,
        cnt.line_no
    from content as cnt
    cross join lateral {{ json_elements('cnt.posts') }} as pst (post)
),

keyed as (
    select
        *,
        {{ natural_key(['workspace_id', 'platform', 'platform_post_id']) }} as post_id
    from listed
),

numbered as (
    select
        *,
        -- a post belongs to one content item: the one that claimed it last
        row_number() over (
            partition by post_id order by run_seq desc, load_id desc, line_no desc
        ) as newest_first
    from keyed
),

newest as (
    select
        post_id,
        content_id,
        workspace_id,
        platform,
        platform_post_id
    from numbered
    where newest_first = 1
)

select * from newest

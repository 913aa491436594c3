with

content as (
    select * from {{ source('raw', 'content') }}
),

loads as (
    select * from {{ ref('stg_loads') }}
),

keyed as (
    select
        {{ natural_key(['cnt.workspace_id', "'content'", 'cnt.content_id']) }}
            as content_id,
        cnt.workspace_id,
        cnt.content_id as external_content_id,
        cnt.title,
        cnt.slug,
        cnt.posts,
        cnt.tags,
        cnt.load_id,
        cnt.line_no,
        lds.run_seq,
        lds.received_at
    from content as cnt
    -- inner: rows of a load that no run has taken up are not there yet
    inner join loads as lds on cnt.load_id = lds.load_id
),

numbered as (
    select
        *,
        row_number() over (
            partition by content_id order by run_seq desc, load_id desc, line_no desc
        ) as newest_first
    from keyed
),

newest as (
    select
        content_id,
        workspace_id,
        external_content_id,
        title,
        slug,
        posts,
        tags,
        load_id,
        line_no,
        run_seq,
        received_at
    from numbered
    where newest_first = 1
)

select * from newest

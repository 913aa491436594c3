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
        -- a record has no time of its own: it is as new as its document
        coalesce(lds.documented_at, lds.received_at) as described_at,
        lds.received_at
    from content as cnt
    {{ join_loads('cnt') }}
)

select * from keyed

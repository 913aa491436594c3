{{
    config(
        incremental_strategy='keyed',
        unique_key=['content_id'],
        meta={'gone_without': 'workspace_id'},
    )
}}

with

content as (
    select * from {{ ref('stg_content') }}
    where {{ is_in_unconsumed_load('load_id') }}
),

numbered as (
    select
        *,
        row_number() over (
            partition by content_id order by run_seq desc, load_id desc, line_no desc
        ) as newest_first
    from content
),

-- what a later run delivers is newer than what is stored
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

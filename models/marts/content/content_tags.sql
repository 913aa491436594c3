with

content as (
    select * from {{ ref('current_content') }}
),

tags as (
    select distinct
        cnt.content_id,
        cnt.workspace_id,
        {{ json_text('tgs.tag', 'type') }} as tag_type,
        {{ json_text('tgs.tag', 'value') }} as tag_value
    from content as cnt
    cross join lateral {{ json_elements('cnt.tags') }} as tgs (tag)
)

select * from tags

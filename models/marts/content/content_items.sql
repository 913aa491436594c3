with

content as (
    select * from {{ ref('current_content') }}
),

items as (
    select
        content_id as id,
        workspace_id,
        external_content_id,
        title,
        slug
    from content
)

select * from items

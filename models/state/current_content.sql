{% set values = [
    'content_id', 'workspace_id', 'external_content_id', 'title', 'slug', 'posts', 'tags',
    'load_id', 'line_no', 'run_seq', 'described_at', 'received_at',
] %}
{{
    config(
        incremental_strategy='keyed',
        unique_key=['content_id'],
        meta={'delete_when_null': 'workspace_id'},
    )
}}

with

content as (
    select * from {{ ref('stg_content') }}
    where {{ is_in_unconsumed_load('load_id') }}
),

delivered as (
    select {{ columns_of('content', values) }}
    from content
    {%- if is_incremental() %}
    union all
    select {{ columns_of('str', values) }}
    from (select distinct cnt.content_id from content as cnt) as tch
    -- inner: an item may be new
    inner join {{ this }} as str on tch.content_id = str.content_id
    {%- endif %}
),

newest as (
    select {{ columns_of('newest', values) }}
    from (
        {{ newest_of('delivered', 'content_id', newest_content('delivered')) }}
    ) as newest
)

select * from newest

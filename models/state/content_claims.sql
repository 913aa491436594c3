{{
    config(
        incremental_strategy='keyed',
        unique_key=['content_id', 'post_id'],
        indexes=[{'columns': ['post_id']}],
        meta={'delete_when_null': 'workspace_id'},
    )
}}

with

deliveries as (
    select * from {{ ref('stg_content') }}
),

content as (
    select * from {{ ref('current_content') }}
),

touched as (
    select distinct content_id
    from deliveries
    where {{ is_in_unconsumed_load('load_id') }}
),

listed as (
    select
        cnt.content_id,
        cnt.workspace_id,
        {{ json_text('pst.post', 'platform') }} as platform,
        {{ json_text('pst.post', 'post_id') }} as platform_post_id,
        cnt.load_id,
        cnt.line_no,
        cnt.described_at,
        cnt.received_at
    from touched as tch
    -- inner: what was delivered is known
    inner join content as cnt on tch.content_id = cnt.content_id
    cross join lateral {{ json_elements('cnt.posts') }} as pst (post)
),

-- an item may list a post twice
claims as (
    select distinct
        content_id,
        {{ natural_key(['workspace_id', 'platform', 'platform_post_id']) }} as post_id,
        workspace_id,
        platform,
        platform_post_id,
        load_id,
        line_no,
        described_at,
        received_at
    from listed
){% if is_incremental() %},

given_up as (
    select
        str.content_id,
        str.post_id,
        null as workspace_id,
        null as platform,
        null as platform_post_id,
        str.load_id,
        str.line_no,
        str.described_at,
        str.received_at
    from touched as tch
    -- inner: an item that is new has given nothing up
    inner join {{ this }} as str on tch.content_id = str.content_id
    -- left: what is listed still is not given up
    left join claims as clm
        on str.content_id = clm.content_id and str.post_id = clm.post_id
    where clm.post_id is null
),

changes as (
    select * from claims
    union all
    select * from given_up
)

select * from changes
{%- else %}

select * from claims
{%- endif %}

{{
    config(
        incremental_strategy='keyed',
        unique_key=['post_id'],
        indexes=[{'columns': ['content_id']}],
        meta={'delete_when_null': 'workspace_id'},
    )
}}

with

deliveries as (
    select * from {{ ref('stg_content') }}
),

-- imported once for each index: what is read twice is read whole and loses them
claims as {{ not_materialized() }} (
    select * from {{ ref('content_claims') }}
),

touched_content as (
    select distinct content_id
    from deliveries
    where {{ is_in_unconsumed_load('load_id') }}
),

touched as (
    select clm.post_id
    from touched_content as tch
    -- inner: an item may list no post
    inner join claims as clm on tch.content_id = clm.content_id
    {%- if is_incremental() %}
    union
    select str.post_id
    from touched_content as tch
    -- inner: an item may have had no post
    inner join {{ this }} as str on tch.content_id = str.content_id
    {%- else %}
    group by clm.post_id
    {%- endif %}
),

-- a post belongs to one content item: the one whose newest record claims it last
newest as (
    select
        tch.post_id,
        nwt.content_id,
        nwt.workspace_id,
        nwt.platform,
        nwt.platform_post_id
    from touched as tch
    -- left, lateral: an index look-up per post, which nobody may claim any more
    left join lateral (
        select
            clm.content_id,
            clm.workspace_id,
            clm.platform,
            clm.platform_post_id
        from claims as clm
        where clm.post_id = tch.post_id
        order by {{ newest_content('clm') }}
        limit 1
    ) as nwt on true
)

select * from newest

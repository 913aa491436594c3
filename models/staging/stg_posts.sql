with

posts as (
    select * from {{ source('raw', 'posts') }}
),

loads as (
    select * from {{ ref('stg_loads') }}
),

keyed as (
    select
        {{ natural_key(['pst.workspace_id', 'pst.platform', 'pst.post_id']) }}
            as post_id,
        {{ natural_key(['pst.workspace_id', 'pst.platform', 'pst.author_id']) }}
            as author_id,
        {{ natural_key(['pst.workspace_id', 'pst.platform', 'pst.owner_id']) }}
            as owner_id,
        pst.workspace_id,
        pst.platform,
        pst.post_id as platform_post_id,
        pst.native_type,
        pst.title,
        pst.url,
        pst.community_id,
        pst.community_name,
        pst.owner_id as platform_owner_id,
        pst.load_id,
        pst.line_no,
        lds.run_seq,
        pst.is_removed,
        pst.posted_at,
        -- without a time of its own it is as new as its document
        coalesce(pst.observed_at, lds.documented_at, lds.received_at) as described_at,
        lds.received_at
    from posts as pst
    {{ join_loads('pst') }}
)

select * from keyed

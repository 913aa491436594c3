{{
    config(
        incremental_strategy='keyed',
        unique_key=['post_id'],
        indexes=[{'columns': ['workspace_id', 'platform', 'community_id']}],
        meta={'delete_when_null': 'community_id', 'seeds': 'community_places'},
    )
}}

with

ledger as (
    select * from {{ ref('interaction_ledger') }}
),

deliveries as (
    select * from {{ ref('stg_posts') }}
),

totals as (
    select * from {{ ref('channel_totals') }}
),

posts as (
    select * from {{ ref('current_posts') }}
),

places as (
    select * from {{ ref('community_places') }}
),

-- where a channel belongs may be said before anything happens there, or after
touched as (
    select ldg.post_id
    from ledger as ldg
    where {{ is_community_entry('ldg', 'places') }} and {{ is_unconsumed('ldg') }}
    union
    select dlv.post_id
    from deliveries as dlv
    where {{ is_in_unconsumed_load('dlv.load_id') }}
),

described as (
    select
        tch.post_id,
        ttl.workspace_id,
        ttl.platform,
        case
            -- a channel of which nobody has said where it belongs is its own community
            when coalesce(plc.is_community, true)
                then coalesce(pst.community_id, ttl.platform_post_id)
        end as community_id,
        ttl.platform_post_id,
        coalesce(pst.community_name, pst.title) as community_name,
        pst.title as channel_name
    from touched as tch
    -- left: a channel in which nothing is in effect leaves the table
    left join totals as ttl on tch.post_id = ttl.post_id
    -- left: a channel need not have been described
    left join posts as pst on ttl.post_id = pst.post_id
    -- left: a type of place without a row of its own is as the platform
    left join places as plc
        on pst.platform = plc.platform and pst.native_type = plc.place_type
    where {{ is_there_or_gone(
        'case when coalesce(plc.is_community, true) then ttl.post_id end'
    ) }}
)

select * from described

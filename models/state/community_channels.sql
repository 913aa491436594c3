{{
    config(
        incremental_strategy='keyed',
        unique_key=['post_id'],
        indexes=[{'columns': ['workspace_id', 'platform', 'community_id']}],
        meta={
            'delete_when_null': 'community_id',
            'seeds': 'community_places',
            'platforms_in': 'community_places',
        },
    )
}}

with

entries as {{ not_materialized() }} (
    select * from {{ ref('interaction_ledger') }}
),

deliveries as (
    select * from {{ ref('stg_posts') }}
),

posts as (
    select * from {{ ref('current_posts') }}
),

places as (
    select * from {{ ref('community_places') }}
),

-- where a channel belongs may be said before anything happens there, or after
touched as (
    select ent.post_id
    from entries as ent
    where {{ is_community_entry('ent', 'places') }} and {{ is_unconsumed('ent') }}
    union
    select dlv.post_id
    from deliveries as dlv
    where
        {{ is_on_community_platform('dlv', 'places') }}
        and {{ is_in_unconsumed_load('dlv.load_id') }}
),

described as (
    select
        tch.post_id,
        act.workspace_id,
        act.platform,
        case
            -- a channel of which nobody has said where it belongs is its own community
            when coalesce(plc.is_community, true)
                then coalesce(pst.community_id, act.platform_post_id)
        end as community_id,
        act.platform_post_id,
        coalesce(pst.community_name, pst.title) as community_name,
        pst.title as channel_name
    from touched as tch
    -- left, lateral with a limit: an index look-up; a channel in which nothing is in
    -- effect leaves the table
    left join lateral (
        select
            std.post_id,
            std.workspace_id,
            std.platform,
            std.platform_post_id
        from entries as std
        where
            std.post_id = tch.post_id
            and {{ is_community_entry('std', 'places') }}
            and {{ holds_at('std', run_as_of()) }}
        {{ first_by('std.occurred_at') }}
    ) as act on true
    -- left: a channel need not have been described
    left join posts as pst on act.post_id = pst.post_id
    -- left: a type of place without a row of its own is as the platform
    left join places as plc
        on pst.platform = plc.platform and pst.native_type = plc.place_type
    where {{ is_there_or_gone(
        'case when coalesce(plc.is_community, true) then act.workspace_id end'
    ) }}
)

select * from described

with

ranking as (
    select * from {{ ref('follower_ranking') }}
),

-- imported once more: what is read twice is read whole and loses its indexes
better as (
    select * from {{ ref('follower_ranking') }}
),

profiles as (
    select * from {{ ref('current_profiles') }}
),

totals as (
    select * from {{ ref('follower_totals') }}
),

interactions as (
    select * from {{ ref('interactions_in_effect') }}
),

unprovided as (
    select * from {{ ref('unprovided_metrics') }}
),

-- within each tier: so a question about one tier reads that tier alone
placed as (
    select
        *,
        row_number() over (
            partition by workspace_id, tier_number, engagement_tier
            order by engagement_score desc, interaction_count desc, follower_id asc
        ) as place_in_tier
    from ranking
),

leaderboard as (
    select
        plc.follower_id,
        plc.workspace_id,
        prf.platform,
        coalesce(prf.username, prf.display_name) as username,
        plc.engagement_tier,
        {{ activity_state('ttl', 'interactions') }} as activity_state,
        plc.engagement_score,
        {{ provided_count('ttl', 'unp', 'comment') }} as comment_count,
        plc.interaction_count,
        btr.better_count + plc.place_in_tier as rank,
        ttl.last_at as last_seen
    from placed as plc
    -- everybody in a better tier of the workspace; counted once per tier that is shown
    cross join lateral (
        select count(*) as better_count
        from better as bet
        where
            bet.workspace_id = plc.workspace_id
            and bet.tier_number < plc.tier_number
    ) as btr
    -- inner: who is ranked is known and has acted
    inner join profiles as prf on plc.follower_id = prf.follower_id
    inner join totals as ttl on plc.follower_id = ttl.follower_id
    -- left: nothing is known of what some platforms provide
    left join unprovided as unp on prf.platform = unp.platform
    -- a leaderboard is read from the top, also without an order of the reader's own
    order by
        plc.workspace_id asc,
        plc.tier_number asc,
        plc.engagement_tier asc,
        plc.engagement_score desc,
        plc.interaction_count desc,
        plc.follower_id asc
)

select * from leaderboard

{% set window = var('activity_window_days') %}
{% set since = days_before(as_of(), window) %}
{% set before = days_before(as_of(), 2 * window) %}

with

ranking as {{ not_materialized() }} (
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
        {{ shown_name('prf') }} as username,
        plc.engagement_tier,
        {% call activity_state(
            'ttl.first_at > ' ~ since, 'ttl.last_at > ' ~ since, 'ttl.last_at > ' ~ before
        ) -%}
        (
            -- not `exists`: a few look-ups must not become a scan of everything; the linter
            -- sees the macro's text around this in another order
            select true
            from interactions as itr
            where
                itr.follower_id = ttl.follower_id
                and itr.sign > 0
                and itr.occurred_at > {{ before }}
                and itr.occurred_at <= {{ since }} -- noqa: LT02
            {{ at_most_one() }}
        )
        {%- endcall %} as activity_state,
        plc.engagement_score,
        {{ provided_count('ttl', 'unp', 'comment') }} as comment_count,
        plc.interaction_count,
        btr.better_count + plc.place_in_tier as rank,
        ttl.last_at as last_seen
    from placed as plc
    -- lateral: everybody in a better tier of the workspace, by index; counted once per
    -- tier that is shown
    cross join
        lateral (
            select count(*) as better_count
            from ranking as bet
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

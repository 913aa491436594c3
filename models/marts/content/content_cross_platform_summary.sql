with

items as (
    select * from {{ ref('content_items') }}
),

totals as (
    select * from {{ ref('content_platform_totals') }}
),

contents as (
    select * from {{ ref('post_content') }}
),

scores as {{ not_materialized() }} (
    select * from {{ ref('post_scores') }}
),

daily_scores as (
    select * from {{ ref('post_daily_scores') }}
),

standings as (
    select
        cnt.content_id,
        cnt.platform,
        max({{ percentile() }}) as percentile
    from contents as cnt
    -- inner: only posts whose time of publication is known stand among others
    inner join scores as scr on cnt.post_id = scr.post_id
    {{ join_peers('scr', 'scores', 'daily_scores') }}
    group by cnt.content_id, cnt.platform
),

placed as (
    select
        ttl.*,
        std.percentile,
        row_number() over (
            partition by ttl.content_id order by {{ bytewise('ttl.platform') }}
        ) as platform_no
    from totals as ttl
    -- left: too few posts, or none whose time is known
    left join standings as std
        on ttl.content_id = std.content_id and ttl.platform = std.platform
),

summed as (
    select
        content_id,
        {{ joined_text('platform', ', ', bytewise('platform')) }} as platforms,
        {{ joined_text(
            'case when removed_post_count = post_count then platform end',
            ', ', bytewise('platform')
        ) }} as removed_platforms,
        {{ value_of_first(
            'case when interaction_count > 0 then platform end',
            'engagement_score desc, interaction_count desc, platform_no asc'
        ) }} as best_platform,
        {{ value_of_first(
            'case when percentile is not null then platform end',
            'percentile desc nulls last, engagement_score desc, platform_no asc'
        ) }} as best_platform_normalised,
        max(percentile) as best_percentile,
        sum(engagement_score) as engagement_score,
        count(*) as platform_count,
        {{ totals_over_platforms() }},
        {{ to_whole_number('sum(interaction_count)') }} as total_interactions,
        min(first_activity_at) as first_activity_at,
        max(last_activity_at) as last_activity_at
    from placed
    group by content_id
),

summary as (
    select
        itm.id as content_id,
        itm.workspace_id,
        itm.title,
        itm.slug,
        smd.platforms,
        smd.removed_platforms,
        smd.best_platform,
        smd.best_platform_normalised,
        smd.best_percentile,
        coalesce(smd.engagement_score, 0) as engagement_score,
        coalesce(smd.platform_count, 0) as platform_count,
        {{ total_columns('smd') }},
        coalesce(smd.total_interactions, 0) as total_interactions,
        smd.first_activity_at,
        smd.last_activity_at
    from items as itm
    -- left: an item may not have been posted anywhere yet
    left join summed as smd on itm.id = smd.content_id
)

select * from summary

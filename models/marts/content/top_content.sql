{% set windows = var('top_content_window_days') %}

with

contents as (
    select * from {{ ref('post_content') }}
),

items as (
    select * from {{ ref('content_items') }}
),

interactions as (
    select * from {{ ref('interactions_in_effect') }}
),

counted as (
    select
        cnt.content_id,
        win.window_days,
        {{ to_whole_number('sum(itr.sign)') }} as interaction_count,
        {{ sums_per_type('itr.sign', scored_types()) }},
        itr.occurred_at > {{ days_before(as_of(), 'win.window_days') }} as is_now
    from interactions as itr
    -- inner: what belongs to no content item is no content
    inner join contents as cnt on itr.post_id = cnt.post_id
    inner join (
        values ({{ windows | join('), (') }})
    ) as win (window_days)
        on itr.occurred_at > {{ days_before(as_of(), '2 * win.window_days') }}
    where
        itr.sign > 0
        and itr.occurred_at > {{ days_before(as_of(), 2 * (windows | max)) }}
    group by
        cnt.content_id,
        win.window_days,
        itr.occurred_at > {{ days_before(as_of(), 'win.window_days') }}
),

compared as (
    select
        content_id,
        window_days,
        {{ engagement_score_where('is_now') }} as points,
        {{ engagement_score_where('not is_now') }} as points_before,
        {{ to_whole_number(
            'coalesce(sum(interaction_count) filter (where is_now), 0)'
        ) }} as interaction_count
    from counted
    group by content_id, window_days
),

ranked as (
    select
        cmp.content_id,
        itm.workspace_id,
        itm.title,
        cmp.window_days,
        row_number() over (
            partition by itm.workspace_id, cmp.window_days
            order by
                cmp.points desc,
                cmp.interaction_count desc,
                cmp.content_id asc
        ) as rank,
        cmp.points,
        cmp.points_before,
        cmp.points - cmp.points_before as points_change,
        cmp.interaction_count
    from compared as cmp
    -- inner: whatever lists a post is an item
    inner join items as itm on cmp.content_id = itm.id
)

select * from ranked
-- a leaderboard is read from the top, also without an order of the reader's own
order by workspace_id, window_days, rank

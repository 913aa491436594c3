{% set scores = ref('post_scores') %}
{% set window_start = days_before('scr.posted_at', var('normalisation_window_days')) %}
{% set first_date = local_date(window_start, "'UTC'") %}
{% set peer_count = '(bnd.peer_count + dys.peer_count)' %}
{% set no_better_count = 'bnd.no_better_count + dys.no_better_count' %}
-- Whole days are counted by their sorted scores; single posts only on the two days on
-- which the window begins and ends. Without CTEs, so that one post is compared without
-- reading all others: see interactions_in_effect. -- noqa: disable=ST05
select
    scr.post_id,
    scr.workspace_id,
    scr.platform,
    {{ peer_count }} as peer_count,
    case
        when {{ peer_count }} >= {{ var('normalisation_minimum_posts') }}
            then {{ ratio(no_better_count, peer_count) }}
    end as percentile
from {{ scores }} as scr
cross join
    lateral (
        select
            count(*) as peer_count,
            count(*) filter (where cmp.is_no_better) as no_better_count
        from (
            select oth.engagement_score <= scr.engagement_score as is_no_better
            from {{ scores }} as oth
            where
                oth.workspace_id = scr.workspace_id
                and oth.platform = scr.platform
                and oth.posted_date in ({{ first_date }}, scr.posted_date)
                and oth.posted_at > {{ window_start }}
                and oth.posted_at <= scr.posted_at
        ) as cmp
    ) as bnd
cross join
    lateral (
        select
            coalesce(sum(cmp.peer_count), 0) as peer_count,
            coalesce(sum(cmp.no_better_count), 0) as no_better_count
        from (
            select
                {{ element_count('whl.scores') }} as peer_count,
                {{ count_up_to('scr.engagement_score', 'whl.scores') }}
                    as no_better_count
            from {{ ref('post_daily_scores') }} as whl
            where
                whl.workspace_id = scr.workspace_id
                and whl.platform = scr.platform
                and whl.posted_date > {{ first_date }}
                and whl.posted_date < scr.posted_date
        ) as cmp
    ) as dys

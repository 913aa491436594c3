{% set window_start = days_before('scr.posted_at', var('normalisation_window_days')) %}
-- Without CTEs, so that one post is compared without reading all others: see
-- interactions_in_effect.
select
    scr.post_id,
    scr.workspace_id,
    scr.platform,
    pee.peer_count,
    case
        when pee.peer_count >= {{ var('normalisation_minimum_posts') }}
            then {{ ratio('pee.no_better_count', 'pee.peer_count') }}
    end as percentile
from {{ ref('post_scores') }} as scr
cross join lateral (
    select
        count(*) as peer_count,
        count(*) filter (
            where oth.engagement_score <= scr.engagement_score
        ) as no_better_count
    from {{ ref('post_scores') }} as oth
    where
        oth.workspace_id = scr.workspace_id
        and oth.platform = scr.platform
        and oth.posted_at <= scr.posted_at
        and oth.posted_at > {{ window_start }}
) as pee

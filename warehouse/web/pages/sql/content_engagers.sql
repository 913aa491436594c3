with

engaged as (
    select
        follower_id,
        platform,
        count(*) as interaction_count,
        count(*) filter (where interaction_type = 'comment') as comment_count,
        calculate_engagement_score(
            count(*) filter (where interaction_type = 'comment'),
            count(*) filter (where interaction_type = 'like'),
            count(*) filter (where interaction_type = 'share'),
            count(*) filter (where interaction_type = 'save'),
            count(*) filter (where interaction_type = 'profile_visit'),
            count(*) filter (where interaction_type = 'link_click')
        ) as points,
        max(occurred_at) as last_at
    from follower_interactions
    where workspace_id = %(workspace)s and content_id = %(id)s
    group by follower_id, platform
)

select
    engaged.follower_id,
    followers.username,
    engaged.platform,
    engaged.points,
    engaged.interaction_count,
    engaged.comment_count,
    engaged.last_at
from engaged
inner join followers on engaged.follower_id = followers.id
where followers.is_eligible
order by engaged.points desc, engaged.interaction_count desc, engaged.follower_id asc
limit 20

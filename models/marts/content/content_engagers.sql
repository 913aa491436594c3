with

contents as (
    select * from {{ ref('post_content') }}
),

totals as (
    select * from {{ ref('post_follower_totals') }}
),

excluded as (
    select * from {{ ref('excluded_accounts') }}
),

unprovided as (
    select * from {{ ref('unprovided_metrics') }}
),

summed as (
    select
        cnt.content_id,
        ttl.follower_id,
        cnt.workspace_id,
        cnt.platform,
        {% for type in scored_types() -%}
        {{ to_whole_number('sum(ttl.' ~ type ~ '_count)') }} as {{ type }}_count,
        {% endfor -%}
        {{ to_whole_number('sum(ttl.interaction_count)') }} as interaction_count
    from contents as cnt
    -- inner: on most posts few of all followers act
    inner join totals as ttl on cnt.post_id = ttl.post_id
    where ttl.interaction_count > 0
    group by cnt.content_id, ttl.follower_id, cnt.workspace_id, cnt.platform
),

engagers as (
    select
        smd.content_id,
        smd.follower_id,
        smd.workspace_id,
        smd.platform,
        {{ engagement_score('smd') }} as points,
        smd.interaction_count,
        {% for type in scored_types() -%}
        {{ provided_count('smd', 'unp', type) }} as {{ type }}_count,
        {% endfor -%}
        exc.follower_id is null as is_eligible
    from summed as smd
    -- left: most accounts take part in leaderboards
    left join excluded as exc on smd.follower_id = exc.follower_id
    -- left: nothing is known of what some platforms provide
    left join unprovided as unp on smd.platform = unp.platform
)

select * from engagers

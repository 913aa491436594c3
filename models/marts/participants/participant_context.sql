{% set newest_first =
    'occurred_at desc nulls last, received_at desc, interaction_id desc' %}
{% set most = var('context_interactions') %}

with

participants as (
    select * from {{ ref('participants') }}
),

score_rules as (
    select * from {{ ref('participant_score_rules') }}
),

vip_rules as (
    select * from {{ ref('vip_rules') }}
),

interactions as {{ not_materialized() }} (
    select * from {{ ref('labelled_interactions') }}
),

contexts as (
    select
        par.follower_id as id,
        par.workspace_id,
        par.platform,
        par.platform_user_id,
        par.display_name,
        par.username,
        par.profile_url,
        par.vip_status,
        pts.vip_reason,
        par.sentiment_trend,
        par.flag_reason,
        par.exclusion_reason,
        par.interaction_count,
        par.thread_count,
        par.follower_count,
        {{ participant_score() }} as participant_score,
        par.is_verified,
        par.exclusion_reason is null as is_eligible,
        pts.vip_reason is not null as is_vip,
        par.is_flagged as flagged_for_review,
        par.first_at as first_interaction_at,
        par.last_at as last_interaction_at,
        rct.last_interactions
    from participants as par
    {{ join_points('par', 'score_rules', 'vip_rules') }}
    -- lateral: the newest few of one participant, by index
    cross join lateral (  -- noqa: ST05
        select
            {{ json_list(
                json_object({
                    'interaction_id': 'newest.interaction_id',
                    'interaction_type': 'newest.interaction_type',
                    'text': 'newest.text',
                    'sentiment': 'newest.sentiment',
                    'post_id': 'newest.post_id',
                    'thread_id': 'newest.thread_id',
                    'occurred_at': 'newest.occurred_at',
                }),
                newest_first
            ) }} as last_interactions
        from (
            select *
            from (
                (
                    select dtd.*
                    from interactions as dtd
                    where
                        dtd.follower_id = par.follower_id
                        and dtd.occurred_at is not null
                    order by
                        dtd.occurred_at desc,
                        dtd.received_at desc,
                        dtd.interaction_id desc
                    limit {{ most }}
                )
                union all
                (
                    select und.*
                    from interactions as und
                    where
                        und.follower_id = par.follower_id
                        and und.occurred_at is null
                    order by und.received_at desc, und.interaction_id desc
                    limit {{ most }}
                )
            ) as few
            order by {{ newest_first }}
            limit {{ most }}
        ) as newest
    ) as rct
)

select * from contexts

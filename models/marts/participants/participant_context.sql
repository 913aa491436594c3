{% set newest_first =
    'occurred_at desc nulls last, received_at desc, interaction_id desc' %}
{% set most = var('context_interactions') %}

with

profiles as (
    select * from {{ ref('participant_profiles') }}
),

dated as (
    select * from {{ ref('labelled_interactions') }}
),

-- imported once more: each half stops after a few rows of an index
undated as (
    select * from {{ ref('labelled_interactions') }}
),

contexts as (
    select
        prf.id,
        prf.workspace_id,
        prf.platform,
        prf.platform_user_id,
        prf.display_name,
        prf.username,
        prf.profile_url,
        prf.vip_status,
        prf.vip_reason,
        prf.sentiment_trend,
        prf.flag_reason,
        prf.exclusion_reason,
        prf.interaction_count,
        prf.thread_count,
        prf.follower_count,
        prf.participant_score,
        prf.is_verified,
        prf.is_eligible,
        prf.is_vip,
        prf.flagged_for_review,
        prf.first_interaction_at,
        prf.last_interaction_at,
        rct.last_interactions
    from profiles as prf
    -- a subquery that is correlated twice over has no CTE -- noqa: disable=ST05
    cross join lateral (
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
        -- correlated: no CTE can hold it
        from (
            select *
            from (
                (
                    select dtd.*
                    from dated as dtd
                    where dtd.follower_id = prf.id and dtd.occurred_at is not null
                    order by
                        dtd.occurred_at desc,
                        dtd.received_at desc,
                        dtd.interaction_id desc
                    limit {{ most }}
                )
                union all
                (
                    select und.*
                    from undated as und
                    where und.follower_id = prf.id and und.occurred_at is null
                    order by und.received_at desc, und.interaction_id desc
                    limit {{ most }}
                )
            ) as few
            order by {{ newest_first }}
            limit {{ most }}
        ) as newest
    ) as rct
    -- noqa: enable=ST05
)

select * from contexts

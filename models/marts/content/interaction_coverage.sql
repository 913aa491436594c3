with

answers as (
    select * from {{ ref('answer_totals') }}
),

counters as (
    select * from {{ ref('interaction_counters') }}
),

interactions as (
    select * from {{ ref('interactions_in_effect') }}
),

unprovided as (
    select * from {{ ref('unprovided_metrics') }}
),

compared as (
    select
        coalesce(ctr.interaction_id, ans.answered_id) as interaction_id,
        coalesce(ctr.workspace_id, ans.workspace_id) as workspace_id,
        coalesce(ctr.platform, ans.platform) as platform,
        coalesce(ctr.interaction_type, ans.interaction_type) as interaction_type,
        coalesce(ans.answer_count, 0) as answer_count,
        ctr.reported_count,
        ctr.reported_at
    from counters as ctr
    -- full: much is named that nobody counts, and counted that nobody names
    full join answers as ans
        on
            ctr.interaction_id = ans.answered_id
            and ctr.interaction_type = ans.interaction_type
    where ans.answer_count > 0 or ctr.reported_count is not null
),

shown as (
    select
        cmp.*,
        case
            when cmp.answer_count > 0 then cmp.answer_count
            when case cmp.interaction_type
                {% for type in var('interaction_types') -%}
                when '{{ type }}' then unp.is_{{ type }}_unprovided
                {% endfor -%}
            end then null
            else 0
        end as observed_count
    from compared as cmp
    -- left: nothing is known of what some platforms provide
    left join unprovided as unp on cmp.platform = unp.platform
),

coverage as (
    select
        shw.interaction_id,
        itr.follower_id,
        itr.post_id,
        shw.workspace_id,
        shw.platform,
        shw.interaction_type,
        shw.observed_count,
        shw.reported_count,
        {{ ratio('shw.observed_count', 'shw.reported_count') }} as coverage_rate,
        shw.reported_at
    from shown as shw
    -- left, lateral with a limit: a platform may count what nobody delivered; an index
    -- look-up per row
    left join lateral (
        select
            ine.follower_id,
            ine.post_id
        from interactions as ine
        where ine.interaction_id = shw.interaction_id
        {{ at_most_one() }}
    ) as itr on true
)

select * from coverage

{#- Days on which a follower was active before a run and is active after it, in a model of cohorts. -#}

{#- Select of the days that decide how the cohorts of followers with new entries change, from the
    CTEs `ledger`, `settings` and `days` (daily totals that have the new entries): from the week of
    the first changed day on, the newest day before it, which may have been the last one, and the
    first day, which names the cohort. In all other weeks nothing changes. -#}
{% macro changed_follower_days() %}
    {%- set grain = ['follower_id', 'workspace_id', 'platform', 'first_weekday', 'activity_date'] -%}
    with changes as (
        select
            ldg.follower_id,
            ldg.workspace_id,
            ldg.platform,
            stg.first_weekday,
            {{ local_date('ldg.occurred_at', 'stg.time_zone') }} as activity_date,
            sum(ldg.sign) as change
        from ledger as ldg
        -- inner: every workspace with a ledger entry has settings
        inner join settings as stg on ldg.workspace_id = stg.workspace_id
        where
            ldg.follower_id is not null
            and ldg.occurred_at is not null
            and {{ is_unconsumed('ldg') }}
        group by
            ldg.follower_id,
            ldg.workspace_id,
            ldg.platform,
            stg.first_weekday,
            {{ local_date('ldg.occurred_at', 'stg.time_zone') }}
    ),

    touched as (
        select
            follower_id,
            first_weekday,
            {{ week_of('min(activity_date)', 'first_weekday') }} as first_week
        from changes
        where change <> 0
        group by follower_id, first_weekday
    ),

    counts as (
        select {{ columns_of('chg', grain) }}, 0 as interaction_count, chg.change
        from changes as chg
        union all
        select
            dys.follower_id,
            dys.workspace_id,
            dys.platform,
            tch.first_weekday,
            dys.activity_date,
            dys.interaction_count,
            0 as change
        from touched as tch
        -- lateral: a few days of each follower by index, of however many there are
        cross join lateral (
            (
                select dyf.* from days as dyf
                where dyf.follower_id = tch.follower_id and dyf.interaction_count > 0
                order by dyf.activity_date
                limit 1
            )
            union all
            (
                select dyb.* from days as dyb
                where
                    dyb.follower_id = tch.follower_id
                    and dyb.interaction_count > 0
                    and dyb.activity_date < tch.first_week
                order by dyb.activity_date desc
                limit 1
            )
            union all
            select dya.* from days as dya
            where dya.follower_id = tch.follower_id and dya.activity_date >= tch.first_week
        ) as dys
    )

    select
        {{ grain | join(', ') }},
        max(interaction_count) > 0 as is_active_now,
        max(interaction_count) > sum(change) as is_active_before
    from counts
    group by {{ grain | join(', ') }}
{% endmacro %}

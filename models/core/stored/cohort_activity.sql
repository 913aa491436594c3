{{
    config(
        incremental_strategy='additive',
        unique_key=['workspace_id', 'platform', 'cohort_week', 'week_number'],
        meta={
            'added': ['active_count', 'last_active_count'],
            'basis': 'workspaces',
        },
    )
}}

-- depends_on: {{ ref('interaction_ledger') }}
-- Days are read in place: what is imported and read twice is written down before.
{% set days = ref('follower_daily_totals') %}
{% set moments = {'before': -1, 'now': 1} if is_brought_forward() else {'now': 1} %}

with

settings as (
    select * from {{ ref('workspace_settings') }}
),

{% if is_brought_forward() -%}
ledger as (
    select * from {{ ref('interaction_ledger') }}
),

news as (
    select
        ldg.follower_id,
        ldg.workspace_id,
        ldg.platform,
        stg.first_weekday,
        {{ to_whole_number('sum(ldg.sign)') }} as interaction_count,
        {{ local_date('ldg.occurred_at', 'stg.time_zone') }} as activity_date
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

compared as (
    select
        nws.follower_id,
        nws.workspace_id,
        nws.platform,
        nws.first_weekday,
        coalesce(dys.interaction_count, 0) > 0 as is_active_now,
        coalesce(dys.interaction_count, 0) > nws.interaction_count as is_active_before,
        nws.activity_date,
        {{ week_of('nws.activity_date', 'nws.first_weekday') }} as activity_week
    from news as nws
    -- left: nothing may be left of a day
    left join lateral (
        select dyl.interaction_count
        from {{ days }} as dyl
        where
            dyl.follower_id = nws.follower_id
            and dyl.activity_date = nws.activity_date
    ) as dys on true
),

changed_days as (
    select * from compared
    where is_active_now <> is_active_before
),

touched as (
    select
        follower_id,
        workspace_id,
        platform,
        first_weekday,
        count(*) as changed_count,
        min(activity_date) filter (where is_active_now) as first_gained,
        max(activity_date) filter (where is_active_now) as last_gained,
        min(activity_date) filter (where is_active_before) as first_lost,
        max(activity_date) filter (where is_active_before) as last_lost
    from changed_days
    group by follower_id, workspace_id, platform, first_weekday
),

-- among the first and the last, one more than have changed, is one that has not
outer_days as (
    select
        tch.follower_id,
        dys.activity_date
    from touched as tch
    cross join lateral (
        (
            select dyf.activity_date
            from {{ days }} as dyf
            where dyf.follower_id = tch.follower_id and dyf.interaction_count > 0
            order by dyf.activity_date
            limit tch.changed_count + 1
        )
        union all
        (
            select dyl.activity_date
            from {{ days }} as dyl
            where dyl.follower_id = tch.follower_id and dyl.interaction_count > 0
            order by dyl.activity_date desc
            limit tch.changed_count + 1
        )
    ) as dys
),

kept as (
    select
        otr.follower_id,
        min(otr.activity_date) as first_date,
        max(otr.activity_date) as last_date
    from outer_days as otr
    -- left: what has not changed is kept
    left join changed_days as chg
        on otr.follower_id = chg.follower_id and otr.activity_date = chg.activity_date
    where chg.follower_id is null
    group by otr.follower_id
),

members as (
    select
        tch.follower_id,
        tch.workspace_id,
        tch.platform,
        tch.first_weekday,
        {{ week_of('least(kpt.first_date, tch.first_gained)', 'tch.first_weekday') }}
            as cohort_now,
        {{ week_of('least(kpt.first_date, tch.first_lost)', 'tch.first_weekday') }}
            as cohort_before,
        {{ week_of('greatest(kpt.last_date, tch.last_gained)', 'tch.first_weekday') }}
            as last_now,
        {{ week_of('greatest(kpt.last_date, tch.last_lost)', 'tch.first_weekday') }}
            as last_before
    from touched as tch
    -- left: all days may have changed
    left join kept as kpt on tch.follower_id = kpt.follower_id
),

changed_weeks as (
    select distinct
        follower_id,
        activity_week
    from changed_days
),

-- the other days of those weeks; of who belongs to another cohort now, all days
other_days as (
    select
        wks.follower_id,
        dys.activity_date
    from changed_weeks as wks
    cross join
        lateral (
            select dyw.activity_date
            from {{ days }} as dyw
            where
                dyw.follower_id = wks.follower_id
                and dyw.interaction_count > 0
                and dyw.activity_date >= wks.activity_week
                and dyw.activity_date < {{ weeks_after('wks.activity_week', 1) }}
        ) as dys
    union distinct
    select
        mbr.follower_id,
        dys.activity_date
    from members as mbr
    cross join
        lateral (
            select dya.activity_date
            from {{ days }} as dya
            where dya.follower_id = mbr.follower_id and dya.interaction_count > 0
        ) as dys
    where mbr.cohort_now is distinct from mbr.cohort_before
),

weeks as (
    select
        follower_id,
        is_active_now,
        is_active_before,
        activity_week
    from changed_days
    union all
    select
        oth.follower_id,
        true as is_active_now,
        true as is_active_before,
        {{ week_of('oth.activity_date', 'mbr.first_weekday') }} as activity_week
    from other_days as oth
    -- inner: they are those of touched members
    inner join members as mbr on oth.follower_id = mbr.follower_id
    -- left: what has not changed is what there was before
    left join changed_days as chg
        on oth.follower_id = chg.follower_id and oth.activity_date = chg.activity_date
    where chg.follower_id is null
),
{%- else -%}
weeks as (
    select
        dys.follower_id,
        dys.workspace_id,
        dys.platform,
        true as is_active_now,
        {{ week_of('dys.activity_date', 'stg.first_weekday') }} as activity_week
    from {{ days }} as dys
    -- inner: every workspace with a ledger entry has settings
    inner join settings as stg on dys.workspace_id = stg.workspace_id
    where dys.interaction_count > 0
),

members as (
    select
        follower_id,
        workspace_id,
        platform,
        min(activity_week) as cohort_now,
        max(activity_week) as last_now
    from weeks
    group by follower_id, workspace_id, platform
),
{%- endif %}

active_weeks as (
    select
        follower_id,
        {% for moment in moments -%}
        bool_or(is_active_{{ moment }}) as is_active_{{ moment }},
        {% endfor -%}
        activity_week
    from weeks
    group by follower_id, activity_week
),

-- what was before is taken away, what is now is added
moves as (
    {% for moment, sign in moments.items() -%}
    select
        mbr.workspace_id,
        mbr.platform,
        {{ sign }} as active_count,
        0 as last_active_count,
        mbr.cohort_{{ moment }} as cohort_week,
        wks.activity_week
    from active_weeks as wks
    -- inner: weeks are those of members
    inner join members as mbr on wks.follower_id = mbr.follower_id
    where wks.is_active_{{ moment }}
    union all
    select
        workspace_id,
        platform,
        0 as active_count,
        {{ sign }} as last_active_count,
        cohort_{{ moment }} as cohort_week,
        last_{{ moment }} as activity_week
    from members
    where last_{{ moment }} is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

activity as (
    select
        workspace_id,
        platform,
        {{ days_between('cohort_week', 'activity_week') }} / 7 as week_number,
        {{ to_whole_number('sum(active_count)') }} as active_count,
        {{ to_whole_number('sum(last_active_count)') }} as last_active_count,
        cohort_week
    from moves
    group by
        workspace_id,
        platform,
        cohort_week,
        {{ days_between('cohort_week', 'activity_week') }} / 7
    having sum(active_count) <> 0 or sum(last_active_count) <> 0
)

select * from activity

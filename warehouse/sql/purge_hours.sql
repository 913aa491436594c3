-- The totals of hours without the chosen interactions, of which only the day is kept.
-- Every entry of them has taken effect, so the totals have all.
with

chosen as (
    select
        ent.follower_id,
        ent.workspace_id,
        ent.platform,
        ent.sign,
        ent.gross_sign,
        ent.occurred_at at time zone stg.time_zone as local_time
    from purging as prg
    inner join core.interaction_ledger as ent on prg.interaction_id = ent.interaction_id
    inner join core.workspace_settings as stg on ent.workspace_id = stg.workspace_id
    where ent.occurred_at is not null and ent.archive_id is null
),

gone as (
    select
        follower_id,
        workspace_id,
        platform,
        sum(gross_sign) as gross_count,
        sum(sign) as net_count,
        local_time::date as activity_date,
        extract(isodow from local_time)::integer as activity_weekday,
        extract(hour from local_time)::integer as activity_hour
    from chosen
    group by
        follower_id,
        workspace_id,
        platform,
        activity_date,
        activity_weekday,
        activity_hour
),

of_days as (
    select
        workspace_id,
        platform,
        activity_date,
        sum(net_count) as net_count
    from gone
    group by workspace_id, platform, activity_date
),

days as (
    update core.daily_totals as dys
    set timed_interaction_count = dys.timed_interaction_count - oda.net_count
    from of_days as oda
    where
        dys.workspace_id = oda.workspace_id
        and dys.platform = oda.platform
        and dys.activity_date = oda.activity_date
),

of_followers as (
    select
        hrs.follower_id,
        hrs.activity_weekday,
        hrs.activity_hour,
        hrs.gross_interaction_count - sum(gon.gross_count) as gross_left,
        hrs.interaction_count - sum(gon.net_count) as net_left,
        hrs.interaction_count > 0 as was_active
    from gone as gon
    -- inner: what nobody did is in no row of a follower
    inner join core.follower_hourly_totals as hrs
        on
            gon.follower_id = hrs.follower_id
            and gon.activity_weekday = hrs.activity_weekday
            and gon.activity_hour = hrs.activity_hour
    group by hrs.follower_id, hrs.activity_weekday, hrs.activity_hour
),

followers_left as (
    update core.follower_hourly_totals as hrs
    set gross_interaction_count = ofl.gross_left, interaction_count = ofl.net_left
    from of_followers as ofl
    where
        hrs.follower_id = ofl.follower_id
        and hrs.activity_weekday = ofl.activity_weekday
        and hrs.activity_hour = ofl.activity_hour
        and ofl.gross_left > 0
),

followers_gone as (
    delete from core.follower_hourly_totals as hrs
    using of_followers as ofl
    where
        hrs.follower_id = ofl.follower_id
        and hrs.activity_weekday = ofl.activity_weekday
        and hrs.activity_hour = ofl.activity_hour
        and ofl.gross_left = 0
),

of_hours as (
    select
        hrs.workspace_id,
        hrs.platform,
        hrs.activity_weekday,
        hrs.activity_hour,
        hrs.gross_interaction_count - sum(gon.gross_count) as gross_left,
        hrs.interaction_count - sum(gon.net_count) as net_left,
        hrs.active_count - count(distinct gon.follower_id) filter (
            where ofl.was_active and ofl.net_left = 0
        ) as active_left
    from gone as gon
    inner join core.hourly_totals as hrs
        on
            gon.workspace_id = hrs.workspace_id
            and gon.platform = hrs.platform
            and gon.activity_weekday = hrs.activity_weekday
            and gon.activity_hour = hrs.activity_hour
    -- left: some of it nobody did
    left join of_followers as ofl
        on
            gon.follower_id = ofl.follower_id
            and gon.activity_weekday = ofl.activity_weekday
            and gon.activity_hour = ofl.activity_hour
    group by
        hrs.workspace_id, hrs.platform, hrs.activity_weekday, hrs.activity_hour
),

hours_left as (
    update core.hourly_totals as hrs
    set
        gross_interaction_count = ofh.gross_left,
        interaction_count = ofh.net_left,
        active_count = ofh.active_left
    from of_hours as ofh
    where
        hrs.workspace_id = ofh.workspace_id
        and hrs.platform = ofh.platform
        and hrs.activity_weekday = ofh.activity_weekday
        and hrs.activity_hour = ofh.activity_hour
        and ofh.gross_left > 0
)

delete from core.hourly_totals as hrs
using of_hours as ofh
where
    hrs.workspace_id = ofh.workspace_id
    and hrs.platform = ofh.platform
    and hrs.activity_weekday = ofh.activity_weekday
    and hrs.activity_hour = ofh.activity_hour
    and ofh.gross_left = 0

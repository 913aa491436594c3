with

channels as {{ not_materialized() }} (
    select * from {{ ref('community_channels') }}
),

totals as {{ not_materialized() }} (
    select * from {{ ref('channel_member_daily_totals') }}
),

excluded as (
    select * from {{ ref('excluded_accounts') }}
),

profiles as (
    select * from {{ ref('current_profiles') }}
),

active as (
    select
        ttl.follower_id,
        chn.workspace_id,
        chn.platform,
        chn.community_id,
        sum(ttl.interaction_count) as interaction_count,
        ttl.activity_date
    from totals as ttl
    inner join channels as chn on ttl.post_id = chn.post_id
    where ttl.interaction_count > 0
    group by
        ttl.follower_id,
        chn.workspace_id,
        chn.platform,
        chn.community_id,
        ttl.activity_date
),

placed as (
    select
        act.*,
        case
            when exc.exclusion_reason is null
                then row_number() over (
                    partition by {{ day_of_community('act') }}
                    order by
                        exc.exclusion_reason is not null,
                        act.interaction_count desc,
                        act.follower_id asc
                )
        end as place,
        -- a subquery with a limit: an index look-up per member at any size
        (
            select true
            from totals as ttl
            inner join channels as chn on ttl.post_id = chn.post_id
            where
                ttl.follower_id = act.follower_id
                and ttl.interaction_count > 0
                and ttl.activity_date < act.activity_date
                and chn.community_id = act.community_id
            {{ at_most_one() }}
        ) is null as is_first_day
    from active as act
    -- left: most accounts take part in leaderboards
    left join excluded as exc on act.follower_id = exc.follower_id
    -- a placeholder is many who have gone: nobody that could be a member
    where exc.is_placeholder is not true
),

named as (
    select
        plc.*,
        case
            when plc.place <= {{ var('community_top_count') }}
                then {{ name_of('profiles', 'plc.follower_id') }}
        end as username
    from placed as plc
),

members as (
    select
        {{ day_of_community('nmd') }},
        {{ top_list('nmd', {
            'follower_id': 'nmd.follower_id',
            'username': 'nmd.username',
            'interaction_count': to_whole_number('nmd.interaction_count'),
        }) }} as top_members,
        count(*) as active_member_count,
        count(*) filter (where nmd.is_first_day) as first_timer_count
    from named as nmd
    group by {{ day_of_community('nmd') }}
)

select * from members

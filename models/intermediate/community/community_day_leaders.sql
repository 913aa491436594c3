with

members as (
    select * from {{ ref('community_day_activity') }}
),

accounts as (
    select * from {{ ref('accounts') }}
),

leaders as (
    select
        mbr.follower_id,
        mbr.workspace_id,
        mbr.platform,
        mbr.community_id,
        acc.username,
        mbr.interaction_count,
        mbr.activity_date
    from members as mbr
    -- lateral with a limit (there is one): an index look-up per member, and none for
    -- those whom a reader of the first few never reaches
    inner join lateral (
        select
            {{ shown_name('knw') }} as username,
            knw.exclusion_reason
        from accounts as knw
        where knw.follower_id = mbr.follower_id
        {{ at_most_one() }}
    ) as acc on true
    where acc.exclusion_reason is null
)

select * from leaders

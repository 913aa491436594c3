with

deliveries as (
    select * from {{ ref('stg_interactions') }}
),

ledger as (
    select * from {{ ref('interaction_ledger') }}
),

compared as (
    select
        dlv.interaction_id,
        dlv.workspace_id,
        dlv.platform,
        dlv.native_type,
        dlv.load_id,
        dlv.line_no,
        coalesce(
            dlv.follower_id <> ldg.follower_id
            and not ({{ is_provisional('dlv.platform_user_id') }}),
            false
        ) as is_follower_different,
        coalesce(dlv.post_id <> ldg.post_id, false) as is_post_different,
        coalesce(dlv.occurred_at <> ldg.occurred_at, false) as is_time_different,
        dlv.received_at
    from deliveries as dlv
    -- inner: every delivered interaction has one current entry
    inner join ledger as ldg
        on dlv.interaction_id = ldg.interaction_id and ldg.is_current
),

conflicts as (
    select *
    from compared
    where is_follower_different or is_post_different or is_time_different
)

select * from conflicts

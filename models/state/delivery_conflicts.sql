{{
    config(
        incremental_strategy='keyed',
        unique_key=['load_id', 'line_no'],
        indexes=[{'columns': ['interaction_id']}],
        meta={'delete_when_null': 'interaction_id'},
    )
}}

with

deliveries as {{ not_materialized() }} (
    select * from {{ ref('stg_interactions') }}
),

ledger as {{ not_materialized() }} (
    select * from {{ ref('interaction_ledger') }}
),

-- interactions whose follower, post or time this run has replaced, for a load that was
-- received earlier: what agreed with the old one differs now
corrected as (
    select distinct ent.interaction_id
    from ledger as ent
    -- inner: every delivered interaction has one current entry
    inner join ledger as crt
        on ent.interaction_id = crt.interaction_id and crt.is_current
    where
        {{ is_of_unconsumed_run('ent.run_seq') if is_incremental() else 'false' }}
        and ent.gross_sign < 0
        and (
            ent.follower_id <> crt.follower_id
            and not ({{ is_provisional('ent.platform_user_id') }})
            or ent.post_id <> crt.post_id
            or ent.occurred_at <> crt.occurred_at
        )
),

delivered as (
    select
        dlv.*,
        false as is_earlier
    from deliveries as dlv
    where {{ is_in_unconsumed_load('dlv.load_id') }}
    union all
    select
        dlv.*,
        true as is_earlier
    from deliveries as dlv
    -- inner: hardly ever is one corrected; then all deliveries are looked at
    inner join corrected as crc on dlv.interaction_id = crc.interaction_id
    where not ({{ is_in_unconsumed_load('dlv.load_id') }})
),

compared as (
    select
        dlv.*,
        coalesce(
            dlv.follower_id <> ldg.follower_id
            and not ({{ is_provisional('dlv.platform_user_id') }}),
            false
        ) as is_follower_different,
        coalesce(dlv.post_id <> ldg.post_id, false) as is_post_different,
        coalesce(dlv.occurred_at <> ldg.occurred_at, false) as is_time_different
    from delivered as dlv
    -- inner: every delivered interaction has one current entry
    inner join ledger as ldg
        on dlv.interaction_id = ldg.interaction_id and ldg.is_current
),

conflicts as (
    select
        case
            when is_follower_different or is_post_different or is_time_different
                then interaction_id
        end as interaction_id,
        workspace_id,
        platform,
        native_type,
        load_id,
        line_no,
        is_follower_different,
        is_post_different,
        is_time_different,
        received_at
    from compared
    where
        is_follower_different
        or is_post_different
        or is_time_different
        -- what agrees now leaves
        or is_earlier
)

select * from conflicts

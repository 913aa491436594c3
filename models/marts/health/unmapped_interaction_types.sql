with

interactions as (
    select * from {{ ref('interactions_in_effect') }}
),

mappings as (
    select * from {{ ref('interaction_type_mappings') }}
),

unmapped as (
    select
        itr.workspace_id,
        itr.platform,
        itr.native_type,
        itr.native_kind,
        {{ to_whole_number('sum(itr.gross_sign)') }} as gross_interaction_count,
        min(itr.received_at) as first_landed_at,
        max(itr.received_at) as last_landed_at
    from interactions as itr
    {{ join_mappings('itr', 'mappings') }}
    where
        itr.interaction_type is null
        and by_kind.native_type is null
        and by_type.native_type is null
        and by_name.native_type is null
    group by itr.workspace_id, itr.platform, itr.native_type, itr.native_kind
)

select * from unmapped

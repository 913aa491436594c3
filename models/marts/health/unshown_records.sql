with

notes as (
    select * from {{ ref('stg_load_notes') }}
),

types as (
    select * from {{ ref('unmapped_interaction_types') }}
),

metrics as (
    select * from {{ ref('unmapped_counter_metrics') }}
),

unshown as (
    select
        workspace_id,
        platform,
        kind,
        field as native_name,
        reason,
        {{ to_whole_number('sum(record_count)') }} as record_count,
        max(received_at) as last_landed_at
    from notes
    -- what was repaired is shown
    where kind in ('set_aside', 'passed_over')
    group by workspace_id, platform, kind, field, reason
    union all
    select
        workspace_id,
        platform,
        'unmapped_type' as kind,
        native_type || coalesce(' (' || native_kind || ')', '') as native_name,
        'no row of seed interaction_type_mappings maps it' as reason,
        gross_interaction_count as record_count,
        last_landed_at
    from types
    union all
    select
        workspace_id,
        platform,
        'unmapped_counter' as kind,
        native_metric as native_name,
        'no row of seed counter_metrics maps it' as reason,
        counter_count as record_count,
        last_landed_at
    from metrics
)

select * from unshown

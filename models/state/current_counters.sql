{% set newest = 'ctr.observed_at desc nulls last, ctr.told_by_load_id desc' %}
{% set of_post = [
    'post_id', 'workspace_id', 'platform', 'platform_post_id', 'interaction_type'
] %}
{{
    config(
        incremental_strategy='keyed',
        unique_key=['post_id', 'interaction_type'],
        meta={'seeds': 'counter_metrics', 'delete_when_null': 'workspace_id'},
    )
}}

with

deliveries as (
    select * from {{ ref('stg_counters') }}
),

waiting as (
    select * from {{ ref('counter_history') }}
),

history as (
    select * from {{ ref('mapped_counters') }}
),

touched as (
    select distinct rct.post_id
    from ({{ recounted_posts() }}) as rct
),

placed as (
    select plc.*
    from touched as tch
    -- lateral: an index look-up per key at any size
    cross join
        lateral (
            select
                ctr.*,
                -- what was observed at one time, or came with one load, is a snapshot
                rank() over (
                    partition by ctr.interaction_type, ctr.is_part order by {{ newest }}
                ) as snapshot_number,
                -- of one time the larger number holds, whichever came last
                row_number() over (
                    partition by ctr.native_metric
                    order by {{ newest }}, ctr.reported_count desc
                ) as place_in_metric
            from history as ctr
            where
                ctr.post_id = tch.post_id
                and ctr.interaction_type is not null
                and {{ is_observed('ctr.observed_at', run_as_of()) }}
        ) as plc
    where plc.snapshot_number = 1 and plc.place_in_metric = 1
),

-- numbers per emoji add up; of two names for one number the larger holds
summed as (
    select
        {{ columns_of('placed', of_post) }},
        {{ to_whole_number(
            'case when is_part then sum(reported_count) else max(reported_count) end'
        ) }} as reported_count,
        placed.told_by_load_id,
        placed.observed_at
    from placed
    group by
        {{ columns_of('placed', of_post) }},
        placed.is_part,
        placed.told_by_load_id,
        placed.observed_at
),

numbered as (
    select
        ctr.*,
        row_number() over (
            partition by ctr.post_id, ctr.interaction_type
            order by {{ newest }}, ctr.reported_count desc
        ) as newest_first
    from summed as ctr
),

newest as (
    select {{ columns_of('nbr', of_post + ['reported_count', 'observed_at']) }}
    from numbered as nbr
    where nbr.newest_first = 1
)

select * from newest

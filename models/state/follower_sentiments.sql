{% set words = ['positive', 'neutral', 'negative'] %}
{% set window = var('sentiment_window') %}
{{
    config(
        incremental_strategy='keyed',
        unique_key=['follower_id'],
        meta={
            'delete_when_null': 'workspace_id',
            'seeds': ['sentiment_labelers', 'sentiment_mappings'],
            'settings': ['sentiment_window'],
        },
    )
}}

with

entries as {{ not_materialized() }} (
    select * from {{ ref('interaction_ledger') }}
),

new_labels as (
    select * from {{ ref('stg_labels') }}
),

mappings as (
    select * from {{ ref('sentiment_mappings') }}
),

labels as {{ not_materialized() }} (
    select * from {{ ref('label_history') }}
),

labelers as (
    select * from {{ ref('sentiment_labelers') }}
),

touched as (
    {% if is_incremental() -%}
    {{ followers_to_label_again() }}
    {%- else -%}
    select distinct ent.follower_id
    from entries as ent
    where ent.follower_id is not null and {{ is_unconsumed('ent') }}
    {%- endif %}
),

counted as (
    select
        tch.follower_id,
        {% for word in words -%}
        count(*) filter (where {{ sentiment_that_holds() }} = '{{ word }}')
            as {{ word }}_count,
        {% endfor -%}
        count({{ sentiment_that_holds() }}) as labelled_count
    from touched as tch
    -- lateral: the newest few, by index; of what a purge left, as many as it stands for
    inner join lateral (  -- noqa: ST05
        select
            rct.interaction_id,
            rct.sentiment,
            rct.text
        from (
            select ldg.*
            from entries as ldg
            where
                ldg.follower_id = tch.follower_id
                and ldg.sign > 0
                and ldg.occurred_at is not null
                and {{ holds_at('ldg', run_as_of()) }}
            order by ldg.occurred_at desc, ldg.received_at desc, ldg.interaction_id desc
            limit {{ window }}
        ) as rct
        cross join lateral {{ numbers('1', 'least(rct.sign, ' ~ window ~ ')') }}
        order by rct.occurred_at desc, rct.received_at desc, rct.interaction_id desc
        limit {{ window }}
    ) as itr on true
    {{ join_labels('itr', 'mappings', 'labels', 'labelers') }}
    group by tch.follower_id
),

sentiments as (
    select
        tch.follower_id,
        ttl.workspace_id,
        ttl.platform,
        coalesce(cnt.labelled_count, 0) as labelled_count,
        coalesce(cnt.positive_count, 0) as positive_count,
        coalesce(cnt.neutral_count, 0) as neutral_count,
        coalesce(cnt.negative_count, 0) as negative_count
    from touched as tch
    -- left, lateral: an index look-up; what a follower did may be there no more
    left join lateral (
        {{ identity_in_effect('entries', 'tch.follower_id', 'true') }}
    ) as ttl on true
    -- left: nothing of it may have a known time
    left join counted as cnt on tch.follower_id = cnt.follower_id
    where {{ is_there_or_gone('ttl.workspace_id') }}
)

select * from sentiments

with

words as (
    select
        platform,
        'interaction type' as kind,
        concat_ws(' / ', native_type, native_kind) as word,
        'interaction_type_mappings' as seed,
        gross_interaction_count as record_count,
        last_landed_at
    from unmapped_interaction_types
    where workspace_id = %(workspace)s
    union all
    select
        platform,
        'sentiment' as kind,
        native_sentiment as word,
        'sentiment_mappings' as seed,
        gross_interaction_count as record_count,
        last_landed_at
    from unmapped_sentiments
    where workspace_id = %(workspace)s
    union all
    select
        platform,
        'counter' as kind,
        native_metric as word,
        'counter_metrics' as seed,
        counter_count as record_count,
        last_landed_at
    from unmapped_counter_metrics
    where workspace_id = %(workspace)s
)

select *
from words
order by record_count desc, kind asc, word asc
limit 100

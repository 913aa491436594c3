{% set types = var('interaction_types') %}

with

contents as (
    select * from {{ ref('post_content') }}
),

counters as (
    select * from {{ ref('current_counters') }}
),

reported as (
    select
        cnt.content_id,
        cnt.platform,
        -- a loop that ends the list confuses the rule -- noqa: disable=LT02
        {% for type in types -%}
        {{ to_whole_number(
            'sum(ctr.reported_count) filter (where ctr.interaction_type = '
            ~ "'" ~ type ~ "')"
        ) }} as reported_{{ type }}_count{{ ',' if not loop.last }}
        {% endfor %}
    from contents as cnt
    -- noqa: enable=LT02
    -- inner: without a counter there is nothing to add up
    inner join counters as ctr on cnt.post_id = ctr.post_id
    group by cnt.content_id, cnt.platform
)

select * from reported

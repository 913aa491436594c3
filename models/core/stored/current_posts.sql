{% set newest_first = 'run_seq desc, load_id desc, line_no desc' %}
{% set values = [
    'author_id', 'native_type', 'title', 'url', 'community_id', 'community_name',
    'posted_at',
] %}
{{
    config(
        incremental_strategy='keyed',
        unique_key=['post_id'],
        meta={'gone_without': 'workspace_id'},
    )
}}

with

posts as (
    select * from {{ ref('stg_posts') }}
),

delivered as (
    select
        post_id,
        workspace_id,
        platform,
        platform_post_id,
        -- a loop that ends the list confuses the rule -- noqa: disable=LT02
        {{ distinct_values(local_date('posted_at', "'UTC'")) }} as posted_dates,
        {% for value in values -%}
        {{ last_known(value, newest_first) }} as {{ value }}{{ ',' if not loop.last }}
        {% endfor %}
    from posts
    -- noqa: enable=LT02
    where {{ is_in_unconsumed_load('load_id') }}
    group by post_id, workspace_id, platform, platform_post_id
),

{% if is_brought_forward() -%}
-- what a later run delivers is newer; what it does not say stays
merged as (
    select
        dlv.post_id,
        dlv.workspace_id,
        dlv.platform,
        dlv.platform_post_id,
        {{ united('dlv.posted_dates', 'str.posted_dates') }} as posted_dates,
    {% for value in values -%}
    coalesce(dlv.{{ value }}, str.{{ value }})
        as {{ value }}{{ ',' if not loop.last }}
    {% endfor %}
    from delivered as dlv
    -- left: it may be new
    left join {{ this }} as str on dlv.post_id = str.post_id
)
{%- else -%}
merged as (
    select * from delivered
)
{%- endif %}

select * from merged

{#- value: which of two that are equally new holds -#}
{% set values = {
    'author_id': 'author_id desc',
    'is_removed': 'is_removed desc',
    'posted_at': 'posted_at desc',
} %}
{% for text in ['native_type', 'title', 'url', 'community_id', 'community_name'] %}
{%- do values.update({text: greater_text(text)}) -%}
{% endfor %}
{{
    config(
        incremental_strategy='keyed',
        unique_key=['post_id'],
        meta={'delete_when_null': 'workspace_id'},
    )
}}

with

posts as (
    select * from {{ ref('stg_posts') }}
    where {{ is_in_unconsumed_load('load_id') }}
),

delivered as (
    select
        post_id,
        workspace_id,
        platform,
        platform_post_id,
        {% for value in values -%}
        {{ value }},
        described_at as {{ value }}_described_at,
        {% endfor -%}
        {{ local_date('posted_at', "'UTC'") }} as posted_date
    from posts
    {%- if is_incremental() %}
    union all
    select
        str.post_id,
        str.workspace_id,
        str.platform,
        str.platform_post_id,
        {% for value in values -%}
        str.{{ value }},
        str.{{ value }}_described_at,
        {% endfor -%}
        dat.posted_date
    from (select distinct pst.post_id from posts as pst) as tch
    -- inner: it may be new
    inner join {{ this }} as str on tch.post_id = str.post_id
    -- left: it need not have a day
    left join lateral {{ elements('str.posted_dates') }} as dat (posted_date) on true
    {%- endif %}
),

-- of each value the newest by what its document proves, in any order of loading
newest as (
    select
        post_id,
        workspace_id,
        platform,
        platform_post_id,
        {% for value, greater in values.items() -%}
        {{ last_known(value, value ~ '_described_at desc, ' ~ greater) }}
            as {{ value }},
        max({{ value }}_described_at) filter (where {{ value }} is not null)
            as {{ value }}_described_at,
        {% endfor -%}
        {{ distinct_values('posted_date') }} as posted_dates
    from delivered
    group by post_id, workspace_id, platform, platform_post_id
)

select * from newest

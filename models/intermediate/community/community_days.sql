with

channels as (
    select * from {{ ref('community_channels') }}
),

totals as (
    select * from {{ ref('channel_hourly_totals') }}
),

days as (
    select
        chn.workspace_id,
        chn.platform,
        chn.community_id,
        max({{ bytewise('chn.community_name') }}) as community_name,
        {% for column in community_added_columns() -%}
        {{ to_whole_number('sum(ttl.' ~ column ~ ')') }} as {{ column }},
        {% endfor -%}
        ttl.activity_date
    from totals as ttl
    inner join channels as chn on ttl.post_id = chn.post_id
    group by chn.workspace_id, chn.platform, chn.community_id, ttl.activity_date
)

select * from days

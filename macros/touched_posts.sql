{#- The posts that a run has to look at again, one row per post: those of its entries and of its
    descriptions, or all of them. From the CTEs `entries`, `deliveries` and `posts` (imports of the
    ledger, of landed and of current posts). -#}
{% macro touched_posts() %}
    {%- if is_incremental() -%}
    select ldg.post_id
    from entries as ldg
    where ldg.post_id is not null and {{ is_unconsumed('ldg') }}
    union
    select post_id
    from deliveries
    where {{ is_in_unconsumed_load('load_id') }}
    {%- else -%}
    select post_id from posts
    {%- endif -%}
{% endmacro %}

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

{#- The posts whose counters a run has to look at again: new ones, and those whose time has come.
    From the CTEs `deliveries` (staged counters) and `waiting` (their history). -#}
{% macro recounted_posts() %}
    select dlv.post_id
    from deliveries as dlv
    where {{ is_in_unconsumed_load('dlv.load_id') }}
    {%- if is_incremental() %}
    union distinct
    select wtg.post_id
    from waiting as wtg
    where {{ has_become_due('wtg.observed_at', 'wtg.received_at') }}
    {%- endif %}
{% endmacro %}

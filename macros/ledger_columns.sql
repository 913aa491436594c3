{#- The columns of the interaction ledger that one state of an interaction is made of. -#}

{#- What identifies an interaction: the first received value holds. -#}
{% macro identity_columns() %}
    {{ return([
        'follower_id', 'post_id', 'platform_user_id', 'platform_post_id', 'time_precision',
        'occurred_at', 'received_at',
    ]) }}
{% endmacro %}

{#- When a value that identifies was first received, where that was after the first receipt. -#}
{% macro known_columns() %}
    {{ return(['follower_known_at', 'post_known_at', 'time_known_at']) }}
{% endmacro %}

{#- What a newer version replaces, all together. -#}
{% macro version_columns() %}
    {{ return([
        'thread_id', 'parent_id', 'actor_kind', 'native_type', 'native_kind', 'interaction_type',
        'text', 'sentiment', 'key_quality', 'metadata', 'sign',
    ]) }}
{% endmacro %}

{#- From when a version holds, and from when the versions that repeat it do. -#}
{% macro version_times() %}
    {{ return(['version_at', 'version_received_at', 'repeated_at', 'repeat_received_at']) }}
{% endmacro %}

{% macro columns_of(relation, columns) %}
    {%- for column in columns %}{{ relation }}.{{ column }}{{ ', ' if not loop.last }}{% endfor -%}
{% endmacro %}

{#- All columns of an entry, in the order of the ledger. -#}
{% macro ledger_columns() %}
    {{ return([
        'interaction_id', 'follower_id', 'post_id', 'thread_id', 'parent_id',
        'workspace_id', 'platform', 'platform_user_id', 'platform_post_id',
        'actor_kind', 'native_type', 'native_kind', 'interaction_type',
        'text', 'sentiment', 'time_precision', 'key_quality', 'metadata',
        'archive_id', 'load_id', 'line_no', 'run_seq', 'sign', 'gross_sign', 'is_current',
        'occurred_at', 'received_at', 'effective_at', 'ended_at',
    ] + version_times() + known_columns()) }}
{% endmacro %}

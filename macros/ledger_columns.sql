{#- The columns of the interaction ledger that one state of an interaction is made of. -#}

{#- What identifies an interaction: the first known value holds. -#}
{% macro identity_columns() %}
    {{ return(['follower_id', 'post_id', 'platform_user_id', 'platform_post_id', 'occurred_at', 'received_at']) }}
{% endmacro %}

{#- What a newer version replaces, all together. -#}
{% macro version_columns() %}
    {{ return([
        'thread_id', 'parent_id', 'actor_kind', 'native_type', 'native_kind', 'interaction_type',
        'text', 'sentiment', 'key_quality', 'metadata', 'sign',
    ]) }}
{% endmacro %}

{% macro columns_of(relation, columns) %}
    {%- for column in columns %}{{ relation }}.{{ column }}{{ ', ' if not loop.last }}{% endfor -%}
{% endmacro %}

{#- One ledger entry: what `state` says, posted (1), reversed (-1) or only touched (0), because
    of `cause`, the state that follows it or the state itself; as often as the state's `quantity`. -#}
{% macro ledger_entries(state, cause, gross_sign) %}
    select
        {{ columns_of(state, ['interaction_id', 'follower_id', 'post_id', 'thread_id', 'parent_id']) }},
        {{ columns_of(state, ['workspace_id', 'platform', 'platform_user_id', 'platform_post_id']) }},
        {{ columns_of(state, ['actor_kind', 'native_type', 'native_kind', 'interaction_type']) }},
        {{ columns_of(state, ['text', 'sentiment', 'time_precision', 'key_quality', 'metadata']) }},
        {{ state }}.archive_id,
        {{ cause }}.load_id,
        {{ cause }}.line_no,
        {{ cause }}.run_seq,
        {{ state ~ '.run_seq' if gross_sign == -1 else to_whole_number('null') }} as reversed_run_seq,
        {{ gross_sign }} * {{ state }}.sign as sign,
        {{ gross_sign }} * {{ state }}.quantity as gross_sign,
        {{ cause ~ '.state_no = ' ~ cause ~ '.last_state_no' if gross_sign == 1 else 'false' }} as is_standing,
        {{ columns_of(state, ['occurred_at', 'received_at']) }},
        {{ cause }}.{{ 'newest_at' if gross_sign == -1 else 'newest_delivery_at' }} as newest_at,
        {{ cause }}.known_from as recorded_at,
        {#- what had no time and has one now never held: its reversal takes effect as it does itself #}
        {{ ('case when ' ~ state ~ '.occurred_at is not null or ' ~ cause ~ '.occurred_at is null then '
            ~ cause ~ '.holds_from else ' ~ state ~ '.holds_from end') if gross_sign == -1 else cause ~ '.holds_from' }} as effective_at
{% endmacro %}

{#- The columns of an entry that say what happened, without the bookkeeping. -#}
{% macro in_effect_columns() %}
    {{ return([
        'interaction_id', 'follower_id', 'post_id', 'thread_id', 'parent_id',
        'workspace_id', 'platform', 'platform_user_id', 'platform_post_id',
        'actor_kind', 'native_type', 'native_kind', 'interaction_type',
        'text', 'sentiment', 'time_precision', 'key_quality', 'metadata',
        'archive_id', 'sign', 'gross_sign', 'occurred_at', 'received_at', 'effective_at',
    ]) }}
{% endmacro %}

{#- All columns of an entry, in the order of the ledger. -#}
{% macro ledger_columns() %}
    {{ return([
        'interaction_id', 'follower_id', 'post_id', 'thread_id', 'parent_id',
        'workspace_id', 'platform', 'platform_user_id', 'platform_post_id',
        'actor_kind', 'native_type', 'native_kind', 'interaction_type',
        'text', 'sentiment', 'time_precision', 'key_quality', 'metadata',
        'archive_id', 'load_id', 'line_no', 'run_seq', 'reversed_run_seq',
        'sign', 'gross_sign', 'is_standing',
        'occurred_at', 'received_at', 'newest_at', 'recorded_at', 'effective_at',
    ]) }}
{% endmacro %}

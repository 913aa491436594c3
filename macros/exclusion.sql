{#- Why an account takes no part in leaderboards: the precedence of the reasons, in one place. -#}

{#- The kinds of actor that a source may tell of an account, by which it is excluded. -#}
{% macro excluding_kinds() %}{{ return("('bot', 'exporter', 'deleted')") }}{% endmacro %}

{#- Whether an account is shown in no list: it opted out, or was erased. -#}
{% macro is_hidden(account) %}
    coalesce({{ account }}.exclusion_reason in ('erased', 'opted_out'), false)
{%- endmacro %}

{#- Whether an interaction in effect at the run's instant says such a kind of an account; an
    index of the ledger holds these kinds. -#}
{% macro is_of_kind(entries, follower_id, kind) %}
    coalesce((
        select true
        from {{ entries }} as ent
        where
            ent.follower_id = {{ follower_id }}
            and ent.actor_kind = '{{ kind }}'
            and {{ holds_at('ent', run_as_of()) }}
        {{ at_most_one() }}
    ), false)
{% endmacro %}

{#- The first reason that holds, or null. What a person decided about bots and owners outweighs what
    sources and the seed say. -#}
{% macro exclusion_reason(decisions, entries, follower_id, is_owner) %}
    case
        when {{ decisions }}.is_erased then 'erased'
        when {{ decisions }}.is_opted_out then 'opted_out'
        when {{ decisions }}.is_blocked then 'blocked'
        when {{ decisions }}.is_declared_own then 'own_account'
        when
            {{ decisions }}.is_declared_audience is not true
            and ({{ is_owner }} or {{ is_of_kind(entries, follower_id, 'exporter') }})
            then 'own_account'
        when {{ decisions }}.is_declared_bot then 'bot'
        when
            {{ decisions }}.is_declared_human is not true
            and {{ is_of_kind(entries, follower_id, 'bot') }}
            then 'bot'
        when {{ decisions }}.is_staff then 'staff'
        when {{ is_of_kind(entries, follower_id, 'deleted') }} then 'deleted'
    end
{% endmacro %}

{#- What an account is called where people are listed: its username, else its display name, else
    a short form of the platform's own id. -#}
{% macro shown_name(account, platform_user_id=none) -%}
    {%- set id = platform_user_id or account ~ '.platform_user_id' -%}
    coalesce(
        {{ account }}.username,
        {{ account }}.display_name,
        case
            when length({{ id }}) <= {{ var('short_id_length') }} then {{ id }}
            else '…' || right({{ id }}, {{ var('short_id_length') }} - 1)
        end
    )
{%- endmacro %}

{#- Whether an account is new, returning, resurrected, at risk or dormant as of `as_of`, by its
    totals; its interactions are looked at only where first and last do not say. -#}
{% macro activity_state(totals, interactions) %}
    {%- set since = days_before(as_of(), var('activity_window_days')) -%}
    {%- set before = days_before(as_of(), 2 * var('activity_window_days')) -%}
    case
        when {{ totals }}.first_at > {{ since }} then 'new'
        when {{ totals }}.last_at > {{ since }} then
            case
                -- not `exists`: a few look-ups must not become a scan of everything
                when (
                    select true
                    from {{ interactions }} as itr
                    where
                        itr.follower_id = {{ totals }}.follower_id
                        and itr.sign > 0
                        and itr.occurred_at > {{ before }}
                        and itr.occurred_at <= {{ since }}
                    limit 1  -- one is enough -- noqa: AM09
                ) then 'returning'
                else 'resurrected'
            end
        when {{ totals }}.last_at > {{ before }} then 'at_risk'
        else 'dormant'
    end
{% endmacro %}

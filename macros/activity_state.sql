{#- How the last 30 days of a follower compare with the 30 before: conditions in SQL. The body
    of the call says whether one that is active now was active before, too. -#}
{% macro activity_state(is_new, is_active_now, is_active_before) %}
case
            when {{ is_active_now }} and {{ is_new }} then 'new'
            when {{ is_active_now }} and {{ caller() | trim }} then 'returning'
            when {{ is_active_now }} then 'resurrected'
            when {{ is_active_before }} then 'at_risk'
            else 'dormant'
        end
{%- endmacro %}

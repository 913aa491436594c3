{#- When the first and the last standing interaction of a key happened, in a model of strategy
    `additive`: they do not add up. Where something was taken away (`sms`) the ledger says it
    (`bnd`), with what is replaced only later (`hld`); else what is new widens what is stored
    (`str`, where `is_stored`). -#}
{% macro first_and_last(is_stored) -%}
        case
            when sms.may_have_lost_a_bound then least(bnd.first_at, hld.first_at)
            else least(sms.first_at{{ ', str.first_at' if is_stored }})
        end as first_at,
        case
            when sms.may_have_lost_a_bound then greatest(bnd.last_at, hld.last_at)
            else greatest(sms.last_at{{ ', str.last_at' if is_stored }})
        end as last_at
{%- endmacro %}

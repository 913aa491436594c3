{#- Order of texts that are equally new: the longer first, then the greater. -#}
{% macro greater_text(text) %}{{ return('length(' ~ text ~ ') desc nulls last, ' ~ bytewise(text) ~ ' desc nulls last') }}{% endmacro %}

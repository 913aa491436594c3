{#- How an engine builds. -#}

{#- Whether this engine keeps runs: what is new is added to stored rows, under the rules of
    `loaders/schema.sql`. Elsewhere a build makes everything anew, in a place of its own. -#}
{% macro keeps_runs() %}{{ return(adapter.dispatch('keeps_runs')()) }}{% endmacro %}
{% macro default__keeps_runs() %}{{ exceptions.raise_compiler_error('keeps_runs is not written for this engine') }}{% endmacro %}
{% macro postgres__keeps_runs() %}{{ return(true) }}{% endmacro %}
{% macro spark__keeps_runs() %}{{ return(false) }}{% endmacro %}

{#- Instants, local days and windows. -#}

{% macro local_date(instant, time_zone) %}{{ return(adapter.dispatch('local_date')(instant, time_zone)) }}{% endmacro %}
{% macro default__local_date(instant, time_zone) %}{{ exceptions.raise_compiler_error('local_date is not written for this engine') }}{% endmacro %}
{% macro postgres__local_date(instant, time_zone) %}{{ return('(' ~ instant ~ ' at time zone ' ~ time_zone ~ ')::date') }}{% endmacro %}
{% macro spark__local_date(instant, time_zone) %}{{ return('to_date(from_utc_timestamp(' ~ instant ~ ', ' ~ time_zone ~ '))') }}{% endmacro %}

{#- The first day of the week that holds `day`; weeks begin on ISO weekday `first_weekday`. -#}
{% macro week_of(day, first_weekday) %}{{ return(adapter.dispatch('week_of')(day, first_weekday)) }}{% endmacro %}
{% macro default__week_of(day, first_weekday) %}{{ exceptions.raise_compiler_error('week_of is not written for this engine') }}{% endmacro %}
{% macro postgres__week_of(day, first_weekday) %}{{ return('(' ~ day ~ ' - ((extract(isodow from ' ~ day ~ ')::integer - ' ~ first_weekday ~ ' + 7) % 7))') }}{% endmacro %}
{% macro spark__week_of(day, first_weekday) %}{{ return('date_sub(' ~ day ~ ', (weekday(' ~ day ~ ') + 8 - ' ~ first_weekday ~ ') % 7)') }}{% endmacro %}

{% macro days_between(earlier_day, later_day) %}{{ return(adapter.dispatch('days_between')(earlier_day, later_day)) }}{% endmacro %}
{% macro default__days_between(earlier_day, later_day) %}{{ exceptions.raise_compiler_error('days_between is not written for this engine') }}{% endmacro %}
{% macro postgres__days_between(earlier_day, later_day) %}{{ return('(' ~ later_day ~ ' - ' ~ earlier_day ~ ')') }}{% endmacro %}
{% macro spark__days_between(earlier_day, later_day) %}{{ return('date_diff(' ~ later_day ~ ', ' ~ earlier_day ~ ')') }}{% endmacro %}

{#- Whole weeks between two days that are so many weeks apart. -#}
{% macro weeks_between(earlier_day, later_day) %}{{ return(adapter.dispatch('weeks_between')(earlier_day, later_day)) }}{% endmacro %}
{% macro default__weeks_between(earlier_day, later_day) %}{{ exceptions.raise_compiler_error('weeks_between is not written for this engine') }}{% endmacro %}
{% macro postgres__weeks_between(earlier_day, later_day) %}{{ return(days_between(earlier_day, later_day) ~ ' / 7') }}{% endmacro %}
{% macro spark__weeks_between(earlier_day, later_day) %}{{ return('(date_diff(' ~ later_day ~ ', ' ~ earlier_day ~ ') div 7)') }}{% endmacro %}

{#- `instant` less a number of days of 24 hours, whatever the clocks did meanwhile; `days` is a
    number or an expression. -#}
{% macro days_before(instant, days) %}{{ return(adapter.dispatch('days_before')(instant, days)) }}{% endmacro %}
{% macro default__days_before(instant, days) %}{{ exceptions.raise_compiler_error('days_before is not written for this engine') }}{% endmacro %}
{% macro postgres__days_before(instant, days) %}
    {%- set span = "interval '" ~ (days * 24) ~ " hours'" if days is number else days ~ " * interval '24 hours'" -%}
    {{ return('(' ~ instant ~ ' - ' ~ span ~ ')') }}
{% endmacro %}
{% macro spark__days_before(instant, days) %}{{ return('(' ~ instant ~ " - interval '24' hour * (" ~ days ~ '))') }}{% endmacro %}

{% macro weeks_after(day, weeks) %}{{ return(adapter.dispatch('weeks_after')(day, weeks)) }}{% endmacro %}
{% macro default__weeks_after(day, weeks) %}{{ exceptions.raise_compiler_error('weeks_after is not written for this engine') }}{% endmacro %}
{% macro postgres__weeks_after(day, weeks) %}{{ return('(' ~ day ~ ' + 7 * (' ~ weeks ~ '))') }}{% endmacro %}
{% macro spark__weeks_after(day, weeks) %}{{ return('date_add(' ~ day ~ ', cast(7 * (' ~ weeks ~ ') as int))') }}{% endmacro %}

{% macro days_after(day, days) %}{{ return(adapter.dispatch('days_after')(day, days)) }}{% endmacro %}
{% macro default__days_after(day, days) %}{{ exceptions.raise_compiler_error('days_after is not written for this engine') }}{% endmacro %}
{% macro postgres__days_after(day, days) %}{{ return('(' ~ day ~ ' + (' ~ days ~ '))') }}{% endmacro %}
{% macro spark__days_after(day, days) %}{{ return('date_add(' ~ day ~ ', cast(' ~ days ~ ' as int))') }}{% endmacro %}

{#- Whether an instant is on a local day; the instants can be looked up by index. The bounds are
    three hours wide of midnight, for clocks that change then. -#}
{% macro is_on_local_day(instant, day, time_zone) %}{{ return(adapter.dispatch('is_on_local_day')(instant, day, time_zone)) }}{% endmacro %}
{% macro default__is_on_local_day(instant, day, time_zone) %}{{ exceptions.raise_compiler_error('is_on_local_day is not written for this engine') }}{% endmacro %}
{% macro postgres__is_on_local_day(instant, day, time_zone) %}
    {%- set begin = '((' ~ day ~ ')::timestamp at time zone ' ~ time_zone ~ ") - interval '3 hours'" -%}
    {%- set end = '((' ~ day ~ ' + 1)::timestamp at time zone ' ~ time_zone ~ ") + interval '3 hours'" -%}
    {{ return('(' ~ instant ~ ' >= ' ~ begin ~ ' and ' ~ instant ~ ' < ' ~ end ~ ' and ' ~ local_date(instant, time_zone) ~ ' = ' ~ day ~ ')') }}
{% endmacro %}
{% macro spark__is_on_local_day(instant, day, time_zone) %}{{ return('(' ~ spark__local_date(instant, time_zone) ~ ' = ' ~ day ~ ')') }}{% endmacro %}

{#- The ISO weekday of a day: 1 Monday to 7 Sunday. -#}
{% macro weekday_of(day) %}{{ return(adapter.dispatch('weekday_of')(day)) }}{% endmacro %}
{% macro default__weekday_of(day) %}{{ exceptions.raise_compiler_error('weekday_of is not written for this engine') }}{% endmacro %}
{% macro postgres__weekday_of(day) %}{{ return('extract(isodow from ' ~ day ~ ')::integer') }}{% endmacro %}
{% macro spark__weekday_of(day) %}{{ return('(weekday(' ~ day ~ ') + 1)') }}{% endmacro %}

{#- Seconds from one instant to a later one, exactly. -#}
{% macro seconds_between(earlier, later) %}{{ return(adapter.dispatch('seconds_between')(earlier, later)) }}{% endmacro %}
{% macro default__seconds_between(earlier, later) %}{{ exceptions.raise_compiler_error('seconds_between is not written for this engine') }}{% endmacro %}
{% macro postgres__seconds_between(earlier, later) %}{{ return('extract(epoch from ' ~ later ~ ' - ' ~ earlier ~ ')') }}{% endmacro %}
{% macro spark__seconds_between(earlier, later) %}{{ return('(cast(unix_micros(' ~ later ~ ') - unix_micros(' ~ earlier ~ ') as decimal(20, 0)) / 1000000)') }}{% endmacro %}

{% macro local_hour(instant, time_zone) %}{{ return(adapter.dispatch('local_hour')(instant, time_zone)) }}{% endmacro %}
{% macro default__local_hour(instant, time_zone) %}{{ exceptions.raise_compiler_error('local_hour is not written for this engine') }}{% endmacro %}
{% macro postgres__local_hour(instant, time_zone) %}{{ return('extract(hour from ' ~ instant ~ ' at time zone ' ~ time_zone ~ ')::integer') }}{% endmacro %}
{% macro spark__local_hour(instant, time_zone) %}{{ return('hour(from_utc_timestamp(' ~ instant ~ ', ' ~ time_zone ~ '))') }}{% endmacro %}

{#- A set-returning expression of the whole numbers from `first` to `last`. -#}
{% macro numbers(first, last) %}{{ return(adapter.dispatch('numbers')(first, last)) }}{% endmacro %}
{% macro default__numbers(first, last) %}{{ exceptions.raise_compiler_error('numbers is not written for this engine') }}{% endmacro %}
{% macro postgres__numbers(first, last) %}{{ return('generate_series(' ~ first ~ ', ' ~ last ~ ')') }}{% endmacro %}
{#- A sequence of Spark counts down where `last` is less than `first`. -#}
{% macro spark__numbers(first, last) %}{{ return('explode(case when ' ~ last ~ ' >= ' ~ first ~ ' then sequence(cast(' ~ first ~ ' as bigint), cast(' ~ last ~ ' as bigint)) end)') }}{% endmacro %}

{#- Days of 24 hours between two instants, with their fraction, as floating-point number. -#}
{% macro fractional_days_between(earlier, later) %}{{ return(adapter.dispatch('fractional_days_between')(earlier, later)) }}{% endmacro %}
{% macro default__fractional_days_between(earlier, later) %}{{ exceptions.raise_compiler_error('fractional_days_between is not written for this engine') }}{% endmacro %}
{% macro postgres__fractional_days_between(earlier, later) %}{{ return("(date_part('epoch', " ~ later ~ ' - ' ~ earlier ~ ') / 86400)') }}{% endmacro %}
{% macro spark__fractional_days_between(earlier, later) %}{{ return('(cast(unix_micros(' ~ later ~ ') - unix_micros(' ~ earlier ~ ') as double) / 1000000 / 86400)') }}{% endmacro %}

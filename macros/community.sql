{#- What happens in communities: messages, reactions and joined voice channels. -#}
{% macro community_types() %}{{ return(['message', 'reaction', 'voice_join']) }}{% endmacro %}

{#- Net and gross count columns of a ledger, in total and per type. -#}
{% macro community_sums(ledger) %}
    {{ to_whole_number('sum(' ~ ledger ~ '.gross_sign)') }} as gross_interaction_count,
    {{ to_whole_number('sum(' ~ ledger ~ '.sign)') }} as interaction_count
    {%- for type in community_types() -%}
    {%- for sign, prefix in [('sign', ''), ('gross_sign', 'gross_')] -%}
    ,
    {{ to_whole_number(
        'coalesce(sum(' ~ ledger ~ '.' ~ sign ~ ') filter (where ' ~ ledger
        ~ ".interaction_type = '" ~ type ~ "'), 0)"
    ) }} as {{ prefix }}{{ type }}_count
    {%- endfor -%}
    {%- endfor %}
{% endmacro %}

{#- The names of those columns; the first counts entries. -#}
{% macro community_added_columns() %}
    {%- set columns = ['gross_interaction_count', 'interaction_count'] -%}
    {%- for type in community_types() -%}
        {%- do columns.extend([type ~ '_count', 'gross_' ~ type ~ '_count']) -%}
    {%- endfor -%}
    {{ return(columns) }}
{% endmacro %}

{#- Whether a ledger entry is of one of those types, on a platform that has communities. -#}
{% macro is_community_entry(entry, places) %}
    {{ entry }}.post_id is not null
    and {{ entry }}.interaction_type in ('{{ community_types() | join("', '") }}')
    and {{ is_on_community_platform(entry, places) }}
{%- endmacro %}

{% macro is_on_community_platform(entry, places) %}
    {{ entry }}.platform in (
        select plc.platform from {{ places }} as plc where plc.is_community
    )
{%- endmacro %}

{#- Whether a row belongs to the same community and day as another. -#}
{% macro is_of_same_day(row, other) %}
    {{ row }}.workspace_id = {{ other }}.workspace_id
    and {{ row }}.platform = {{ other }}.platform
    and {{ row }}.community_id = {{ other }}.community_id
    and {{ row }}.activity_date = {{ other }}.activity_date
{%- endmacro %}

{#- The columns of the key of a community's day. -#}
{% macro day_of_community(relation) %}
    {{ return(columns_of(relation, ['workspace_id', 'platform', 'community_id', 'activity_date'])) }}
{% endmacro %}

{#- Aggregate: the first few rows by their `place`, as JSON objects of names and expressions. -#}
{% macro top_list(relation, fields) %}
    {%- set place = relation ~ '.place' -%}
    {{ return(json_list(json_object(fields), place, place ~ ' <= ' ~ var('community_top_count'))) }}
{% endmacro %}

{#- The name that is shown of an account: a subquery, so that it is found only for what is shown. -#}
{% macro name_of(profiles, follower_id) %}
    {{ return('(select ' ~ shown_name('prf') ~ ' from ' ~ profiles ~ ' as prf where prf.follower_id = ' ~ follower_id ~ ')') }}
{% endmacro %}

{#- Select of the messages with reactions of each community, with their place on their day, from the
    CTEs `messages` (reacted_messages), `channels` (community_channels) and `excluded`
    (excluded_accounts). What a hidden account wrote counts and has no place. -#}
{% macro placed_messages() %}
    select
        {{ columns_of('msg', ['interaction_id', 'follower_id', 'message_text', 'reaction_count', 'reported_reaction_count']) }},
        {{ columns_of('chn', ['workspace_id', 'platform', 'community_id', 'channel_name']) }},
        msg.activity_date,
        greatest(msg.reaction_count, msg.reported_reaction_count) as best_reaction_count,
        case
            when not {{ is_hidden('exc') }}
                then row_number() over (
                    partition by {{ columns_of('chn', ['workspace_id', 'platform', 'community_id']) }}, msg.activity_date
                    order by
                        {{ is_hidden('exc') }},
                        greatest(msg.reaction_count, msg.reported_reaction_count) desc,
                        msg.occurred_at asc,
                        msg.received_at asc,
                        msg.interaction_id asc
                )
        end as place
    from messages as msg
    inner join channels as chn on msg.post_id = chn.post_id
    -- left: most authors take part in leaderboards
    left join excluded as exc on msg.follower_id = exc.follower_id
{% endmacro %}

{#- Select of the messages that a run has to look at again: the message changed, what was thought of
    it, or how often that was counted. From the CTEs `entries`, `answers` and `counters` (of
    interactions), `deliveries`, `waiting` and `posts`. -#}
{% macro touched_messages() %}
    select msg.interaction_id
    from entries as msg
    -- inner: most have no reactions; a union: a condition on the key reaches the index of either
    inner join (
        select answered_id
        from answers
        where interaction_type = 'reaction' and answer_count > 0
        union all
        select interaction_id
        from counters
        where interaction_type = 'reaction' and reported_count > 0
    ) as rct on msg.interaction_id = rct.answered_id
    where msg.interaction_type = 'message' and {{ is_unconsumed('msg') }}
    union distinct
    select ans.parent_id
    from entries as ans
    where
        ans.interaction_type = 'reaction'
        and ans.parent_id is not null
        and {{ is_unconsumed('ans') }}
    union distinct
    {{ recounted_posts() }}
    {%- if is_incremental() %}
    union distinct
    select pst.post_id
    from posts as pst
    where
        {{ is_of_what_was_said('pst.native_type') }}
        and {{ is_in_unconsumed_load('pst.load_id') }}
    {%- endif %}
{% endmacro %}

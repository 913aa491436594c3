{#- How the score of a post stands among those of its workspace and platform. -#}

{#- Joins of a post's score (a row of post_scores) with the number of posts of the days up to it, itself
    included, and of those that score no better. Whole days are counted by their sorted scores,
    single posts only on the two days on which the window begins and ends. -#}
{% macro join_peers(post, scores, daily_scores) %}
    {%- set since = days_before(post ~ '.posted_at', var('normalisation_window_days')) -%}
    {%- set first_date = local_date(since, "'UTC'") -%}
    -- laterals: by index, so that one post is compared without reading all others. ST05: Spark
    -- wants own and outer columns compared per row, before the aggregate.
    cross join lateral (  -- noqa: ST05
        select
            count(*) as post_count,
            count(*) filter (where cmp.is_no_better) as no_better_count
        from (
            select
                oth.engagement_score <= {{ post }}.engagement_score as is_no_better
            from {{ scores }} as oth
            where
                oth.workspace_id = {{ post }}.workspace_id
                and oth.platform = {{ post }}.platform
                and oth.posted_date in ({{ first_date }}, {{ post }}.posted_date)
                and oth.posted_at > {{ since }}
                and oth.posted_at <= {{ post }}.posted_at
        ) as cmp
    ) as bnd
    cross join lateral (  -- noqa: ST05
        select
            coalesce(sum(cmp.post_count), 0) as post_count,
            coalesce(sum(cmp.no_better_count), 0) as no_better_count
        from (
            select
                {{ element_count('whl.scores') }} as post_count,
                {{ count_up_to(post ~ '.engagement_score', 'whl.scores') }}
                    as no_better_count
            from {{ daily_scores }} as whl
            where
                whl.workspace_id = {{ post }}.workspace_id
                and whl.platform = {{ post }}.platform
                and whl.posted_date > {{ first_date }}
                and whl.posted_date < {{ post }}.posted_date
        ) as cmp
    ) as dys
{%- endmacro %}

{#- The share of those posts that score no better, after `join_peers`; null where they are few. -#}
{% macro percentile() %}
    case
        when bnd.post_count + dys.post_count >= {{ var('normalisation_minimum_posts') }}
            then {{ ratio('bnd.no_better_count + dys.no_better_count', '(bnd.post_count + dys.post_count)') }}
    end
{%- endmacro %}

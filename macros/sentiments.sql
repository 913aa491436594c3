{#- Sentiment labels: the source's own comes first, then the labelers in the order of seed
    `sentiment_labelers`, the newest label of the first of them. -#}

{#- The sentiment that holds for an interaction, after `join_labels`. -#}
{% macro sentiment_that_holds() %}coalesce(delivered.sentiment, labelled.sentiment){% endmacro %}

{#- Left joins: most interactions have no label. `labels` are found by index, one look-up per
    interaction; a label counts for the very text that it was given to. -#}
{% macro join_labels(interaction, mappings, labels, labelers) %}
    left join {{ mappings }} as delivered
        on {{ interaction }}.sentiment = delivered.native_sentiment
    -- lateral: a column for the index look-up below; within a limited one, Spark compares
    -- columns alone rightly
    cross join lateral (select md5({{ interaction }}.text) as text_fingerprint) as said
    -- left, lateral: an index look-up per interaction; most have no label
    left join lateral (
        select
            lbl.sentiment,
            lbl.labeler
        from {{ labels }} as lbl
        -- inner: a labeler that the seed does not name does not count
        inner join {{ labelers }} as lbr on lbl.labeler = lbr.labeler
        where
            lbl.interaction_id = {{ interaction }}.interaction_id
            and lbl.text_fingerprint = said.text_fingerprint
        order by lbr.rank asc, lbl.load_id desc, lbl.line_no desc
        limit 1
    ) as labelled on true
{% endmacro %}

{#- Select of the followers whose counts of labels a run can change, from the CTEs `entries`,
    `labels` and `new_labels`: who has nothing labelled stays so, unless something labelled comes,
    or moves up among the newest. The subqueries are index look-ups at any size. -#}
{% macro followers_to_label_again() %}
    select act.follower_id
    from (
        select
            ent.follower_id,
            bool_or(
                ent.gross_sign < 0
                or ent.sentiment is not null
                or (
                    select true from labels as lbl
                    where lbl.interaction_id = ent.interaction_id
                    {{ at_most_one() }}
                )
            ) as may_differ
        from entries as ent
        where ent.follower_id is not null and {{ is_unconsumed('ent') }}
        group by ent.follower_id
    ) as act
    where
        act.may_differ
        or (
            select sto.labelled_count from {{ this }} as sto
            where sto.follower_id = act.follower_id
            {{ at_most_one() }}
        ) is distinct from 0
    union distinct
    select ldg.follower_id
    from new_labels as nlb
    -- lateral with a limit (there is one): an index look-up per label at any size
    cross join lateral (
        select lbe.follower_id
        from entries as lbe
        where lbe.interaction_id = nlb.interaction_id and lbe.is_current
        {{ at_most_one() }}
    ) as ldg
    where ldg.follower_id is not null and {{ is_in_unconsumed_load('nlb.load_id') }}
{% endmacro %}

{#- What most of the newest labels of a follower say; null without a label. -#}
{% macro sentiment_trend(sentiments) %}
    case
        when coalesce({{ sentiments }}.labelled_count, 0) = 0 then null
        when
            {{ sentiments }}.negative_count
            >= {{ var('sentiment_majority') }} * {{ sentiments }}.labelled_count
            then 'negative'
        when
            {{ sentiments }}.positive_count
            >= {{ var('sentiment_majority') }} * {{ sentiments }}.labelled_count
            then 'positive'
        else 'neutral'
    end
{%- endmacro %}

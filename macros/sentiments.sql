{#- Sentiment labels: the source's own comes first, then the labelers in the order of seed
    `sentiment_labelers`, the newest label of the first of them. -#}

{#- The sentiment that holds for an interaction, after `join_labels`. -#}
{% macro sentiment_that_holds() %}coalesce(delivered.sentiment, labelled.sentiment){% endmacro %}

{#- Whose label that is: `source`, or the labeler. -#}
{% macro labeler_that_holds() %}
    case
        when delivered.sentiment is not null then 'source'
        else labelled.labeler
    end
{% endmacro %}

{#- Left joins: most interactions have no label. `labels` are found by index, one look-up per
    interaction; a label counts for the very text that it was given to. -#}
{% macro join_labels(interaction, mappings, labels, labelers) %}
    left join {{ mappings }} as delivered
        on {{ interaction }}.sentiment = delivered.native_sentiment
    left join lateral (
        select
            lbl.sentiment,
            lbl.labeler
        from {{ labels }} as lbl
        -- inner: a labeler that the seed does not name does not count
        inner join {{ labelers }} as lbr on lbl.labeler = lbr.labeler
        where
            lbl.interaction_id = {{ interaction }}.interaction_id
            and lbl.text_fingerprint = md5({{ interaction }}.text)
        order by lbr.rank asc, lbl.load_id desc, lbl.line_no desc
        limit 1
    ) as labelled on true
{% endmacro %}

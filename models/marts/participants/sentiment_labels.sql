with

interactions as {{ not_materialized() }} (
    select * from {{ ref('interactions_in_effect') }}
),

mappings as (
    select * from {{ ref('sentiment_mappings') }}
),

labels as (
    select * from {{ ref('label_history') }}
),

labelers as (
    select * from {{ ref('sentiment_labelers') }}
),

said as (
    select
        itr.interaction_id,
        itr.follower_id,
        itr.workspace_id,
        itr.platform,
        'source' as labeler,
        null as labeler_version,
        null as language,
        map.sentiment,
        {{ to_number('null') }} as sentiment_score,
        {{ to_whole_number('0') }} as place,
        itr.received_at as labelled_at,
        {{ to_whole_number('0') }} as load_id,
        {{ to_whole_number('0') }} as line_no
    from interactions as itr
    -- inner: a word that is not mapped is no label
    inner join mappings as map on itr.sentiment = map.native_sentiment
    where itr.sign = 1 and itr.archive_id is null
    union all
    select
        itr.interaction_id,
        itr.follower_id,
        itr.workspace_id,
        itr.platform,
        lbl.labeler,
        lbl.labeler_version,
        lbl.language,
        lbl.sentiment,
        lbl.sentiment_score,
        {{ to_whole_number('lbr.rank') }} as place,
        lbl.received_at as labelled_at,
        lbl.load_id,
        lbl.line_no
    from labels as lbl
    -- inner: a label of a text that is gone, or was edited, does not apply
    inner join interactions as itr
        on
            lbl.interaction_id = itr.interaction_id
            and lbl.text_fingerprint = md5(itr.text)
    -- left: a labeler that does not count can still be compared
    left join labelers as lbr on lbl.labeler = lbr.labeler
    where itr.sign = 1
),

sentiment_labels as (
    select
        interaction_id,
        follower_id,
        workspace_id,
        platform,
        labeler,
        labeler_version,
        language,
        sentiment,
        sentiment_score,
        place is not null
        and row_number() over (
            partition by interaction_id
            order by place asc nulls last, load_id desc, line_no desc
        ) = 1 as is_applied,
        labelled_at
    from said
)

select * from sentiment_labels

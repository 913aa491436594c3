with

interactions as (
    select * from {{ ref('interactions_in_effect') }}
),

mappings as (
    select * from {{ ref('sentiment_mappings') }}
),

unmapped as (
    select
        itr.workspace_id,
        itr.platform,
        itr.sentiment as native_sentiment,
        {{ to_whole_number('sum(itr.gross_sign)') }} as gross_interaction_count,
        min(itr.received_at) as first_landed_at,
        max(itr.received_at) as last_landed_at
    from interactions as itr
    -- left: those without a row are looked for
    left join mappings as mpp on itr.sentiment = mpp.native_sentiment
    where itr.sentiment is not null and mpp.native_sentiment is null
    group by itr.workspace_id, itr.platform, itr.sentiment
)

select * from unmapped

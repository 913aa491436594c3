{% set newest_first = 'occurred_at desc, received_at desc, interaction_id desc' %}
{% set columns = [
    'follower_id', 'interaction_id', 'sentiment', 'text', 'occurred_at', 'received_at'
] %}
{{
    config(
        incremental_strategy='keyed',
        unique_key=['follower_id'],
        meta={
            'gone_without': 'workspace_id',
            'basis': ['sentiment_labelers', 'sentiment_mappings'],
            'settings': ['sentiment_window'],
        },
    )
}}

-- depends_on: {{ ref('stg_labels') }}

with

entries as (
    select * from {{ ref('interaction_ledger') }}
),

-- imported once for each index: what is read twice is read whole and loses them
standing as (
    select * from {{ ref('interaction_ledger') }}
),

reversals as (
    select * from {{ ref('interaction_ledger') }}
),

replaced as (
    select * from {{ ref('interaction_ledger') }}
),

{% if is_brought_forward() -%}
new_labels as (  -- read where rows are brought forward -- noqa: ST03
    select * from {{ ref('stg_labels') }}
),

known_labels as (  -- read where rows are brought forward -- noqa: ST03
    select * from {{ ref('label_history') }}
),

labelled_entries as (  -- read where rows are brought forward -- noqa: ST03
    select * from {{ ref('interaction_ledger') }}
),
{%- endif %}

totals as (
    select * from {{ ref('follower_totals') }}
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

-- laterals beside a condition confuse the rule -- noqa: disable=LT02
{% if is_brought_forward() -%}
active as (
    select
        ent.follower_id,
        bool_or(ent.gross_sign < 0) as has_lost,
        bool_or(ent.sentiment is not null or lbd.is_labelled) as may_be_labelled
    from entries as ent
    -- left, lateral with a limit: an index look-up per entry at any size
    left join lateral (
        select true as is_labelled
        from known_labels as lbl
        where lbl.interaction_id = ent.interaction_id
        limit 1  -- one is enough -- noqa: AM09
    ) as lbd on true
    where ent.follower_id is not null and {{ is_unconsumed('ent') }}
    group by ent.follower_id
),

touched as (
    select act.follower_id
    from active as act
    -- left, lateral with a limit: it may be new; an index look-up per key at any size
    left join lateral (
        select sto.labelled_count
        from {{ this }} as sto
        where sto.follower_id = act.follower_id
        limit 1  -- one at most -- noqa: AM09
    ) as str on true
    -- who has nothing labelled stays so, unless something labelled comes or moves up
    where
        act.has_lost
        or act.may_be_labelled
        or str.labelled_count is null
        or str.labelled_count > 0
    union
    select ldg.follower_id
    from new_labels as nlb
    -- lateral with a limit (there is one): an index look-up per label at any size
    cross join lateral (
        select lbe.follower_id
        from labelled_entries as lbe
        where lbe.interaction_id = nlb.interaction_id and lbe.is_standing
        limit 1  -- one at most -- noqa: AM09
    ) as ldg
    where ldg.follower_id is not null and {{ is_in_unconsumed_load('nlb.load_id') }}
),
{%- else -%}
touched as (
    select ent.follower_id
    from entries as ent
    where ent.follower_id is not null and {{ is_unconsumed('ent') }}
    group by ent.follower_id
),
{%- endif %}

-- what is replaced only later still holds
held as (
    {{ entries_still_in_effect(
        'reversals', 'replaced', columns + ['sign'], run_as_of()
    ) }}
),

candidates as (
    select {{ columns_of('rct', columns) }}
    from touched as tch
    -- lateral with a limit: the newest few by index; what a purge left counts as often
    -- as it stands for
    cross join lateral (
        select ldg.*
        from standing as ldg
        where
            ldg.follower_id = tch.follower_id
            and ldg.is_standing
            and ldg.sign > 0
            and ldg.occurred_at is not null
            and {{ is_in_effect('ldg', run_as_of()) }}
        order by ldg.occurred_at desc, ldg.received_at desc, ldg.interaction_id desc
        limit {{ var('sentiment_window') }}
    ) as rct
    cross join lateral {{ numbers(
        '1', 'least(rct.sign, ' ~ var('sentiment_window') ~ ')'
    ) }}
    union all
    select {{ columns_of('hld', columns) }}
    from held as hld
    inner join touched as tch on hld.follower_id = tch.follower_id
    where hld.sign > 0 and hld.occurred_at is not null
),

-- noqa: enable=LT02
numbered as (
    select
        *,
        row_number() over (
            partition by follower_id order by {{ newest_first }}
        ) as newest_first
    from candidates
),

labelled as (
    select
        itr.follower_id,
        {{ sentiment_that_holds() }} as sentiment
    from numbered as itr
    {{ join_labels('itr', 'mappings', 'labels', 'labelers') }}
    where itr.newest_first <= {{ var('sentiment_window') }}
),

counted as (
    select
        follower_id,
        count(sentiment) as labelled_count,
        count(*) filter (where sentiment = 'positive') as positive_count,
        count(*) filter (where sentiment = 'neutral') as neutral_count,
        count(*) filter (where sentiment = 'negative') as negative_count
    from labelled
    group by follower_id
),

sentiments as (
    select
        tch.follower_id,
        ttl.workspace_id,
        ttl.platform,
        coalesce(cnt.labelled_count, 0) as labelled_count,
        coalesce(cnt.positive_count, 0) as positive_count,
        coalesce(cnt.neutral_count, 0) as neutral_count,
        coalesce(cnt.negative_count, 0) as negative_count
    from touched as tch
    -- left, lateral with a limit: what a follower did may be there no more; an index
    -- look-up per key at any size
    left join lateral (
        select
            tot.workspace_id,
            tot.platform
        from totals as tot
        where tot.follower_id = tch.follower_id
        limit 1  -- one at most -- noqa: AM09
    ) as ttl on true
    -- left: nothing of it may have a known time
    left join counted as cnt on tch.follower_id = cnt.follower_id
    where {{ is_there_or_gone('ttl.workspace_id') }}
)

select * from sentiments

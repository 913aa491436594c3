{{
    config(
        incremental_strategy='ledger',
        indexes=[
            {'columns': ['run_seq']},
            {'columns': ['follower_id', 'occurred_at']},
            {'columns': ['post_id', 'occurred_at']},
        ],
        meta={'basis': 'interaction_type_mappings', 'on_basis_change': 'correct'},
    )
}}

-- depends_on: {{ ref('interaction_type_mappings') }}
-- depends_on: {{ ref('archived_entries') }}
{% set is_corrected = is_brought_forward() and is_basis_changed() %}
{% set key_columns = [
    'interaction_id', 'workspace_id', 'platform', 'archive_id', 'quantity'
] %}
{% set delivery_columns = key_columns + ['load_id', 'line_no', 'run_seq'] %}
{% set state_columns = identity_columns() + ['time_precision'] + version_columns() %}

with

-- what is delivered stands for itself alone
deliveries as (
    select
        *,
        {{ to_whole_number('null') }} as archive_id,
        1 as quantity
    from {{ ref('stg_interactions') }}
    where {{ is_in_unconsumed_load('load_id') }}
),

{% if is_brought_forward() -%}
mappings as (  -- read where rows are corrected -- noqa: ST03
    select * from {{ ref('interaction_type_mappings') }}
),

touched as (
    select interaction_id from deliveries
    {% if is_corrected -%}
    union
    select itr.interaction_id
    from {{ this }} as itr
    {{ join_mappings('itr', 'mappings') }}
    where itr.is_standing and itr.interaction_type is distinct from {{ mapped_type() }}
    {%- else -%}
    group by interaction_id
    {%- endif %}
),

standing as (  -- read where entries are reversed or touched -- noqa: ST03
    select stn.*
    from touched as tch
    -- lateral with a limit (there is one): an index look-up per key at any size
    cross join lateral (
        select
            ldg.*,
            ldg.gross_sign as quantity
        from {{ this }} as ldg
        where ldg.interaction_id = tch.interaction_id and ldg.is_standing
        limit 1  -- one at most -- noqa: AM09
    ) as stn
),
{%- else -%}
-- what a purge left was posted by the purge itself, and is posted again where all is
archived as (
    select * from {{ ref('archived_entries') }}
),
{%- endif %}

observations as (
    select
        {{ columns_of('dlv', delivery_columns + state_columns) }},
        false as is_stored,
        dlv.version_at,
        coalesce(dlv.version_at, dlv.received_at) as newest_at,
        dlv.received_at as recorded_at,
        {{ to_instant('null') }} as effective_at
    from deliveries as dlv
    {%- if is_brought_forward() %}
    union all
    select
        {{ columns_of('stn', delivery_columns + state_columns) }},
        true as is_stored,
        {{ to_instant('null') }} as version_at,
        stn.newest_at,
        stn.recorded_at,
        stn.effective_at
    from standing as stn
    {%- endif %}
    {%- if is_corrected %}
    union all
    select
        {{ columns_of('itr', key_columns + ['load_id', 'line_no']) }},
        {{ this_cut() }} as run_seq,
        {% for column in state_columns -%}
        {{ mapped_type() if column == 'interaction_type' else 'itr.' ~ column }}
            as {{ column }},
        {%- endfor %}
        false as is_stored,
        {{ to_instant('null') }} as version_at,
        itr.newest_at,
        itr.recorded_at,
        {{ to_instant('null') }} as effective_at
    from standing as itr
    {{ join_mappings('itr', 'mappings') }}
    {%- endif %}
),

ranked as (
    select
        *,
        row_number() over (
            partition by interaction_id order by newest_at, run_seq, load_id, line_no
        ) as version_rank
    from observations
),

known as (
    select
        interaction_id,
        workspace_id,
        platform,
        archive_id,
        quantity,
        load_id,
        line_no,
        run_seq,
        is_stored,
        {% for column in identity_columns() -%}
        {{ first_known_over(column, 'delivered') }} as {{ column }},
        {% endfor -%}
        {{ first_known_over(
            'case when occurred_at is not null then time_precision end', 'delivered'
        ) }} as time_precision,
        max(version_rank) over delivered as version_rank,
        row_number() over (
            partition by interaction_id, run_seq, is_stored
            order by load_id desc, line_no desc
        ) as last_first,
        recorded_at
    from ranked
    window delivered as (
        partition by interaction_id
        order by is_stored desc, run_seq asc, load_id asc, line_no asc
        rows between unbounded preceding and current row
    )
),

-- the state of an interaction after each run that delivered it
states as (
    select
        {{ columns_of('knw', delivery_columns) }},
        knw.is_stored,
        {{ columns_of('knw', identity_columns()) }},
        coalesce(knw.time_precision, 'unknown') as time_precision,
        {{ columns_of('ver', version_columns()) }},
        -- only a version that this run delivered says when it took effect
        case when ver.run_seq = knw.run_seq then ver.version_at end as version_at,
        ver.newest_at,
        knw.recorded_at,
        ver.effective_at
    from known as knw
    -- inner: the newest version so far is one of the observations
    inner join ranked as ver
        on
            knw.interaction_id = ver.interaction_id
            and knw.version_rank = ver.version_rank
    where knw.last_first = 1
),

fingerprinted as (
    select
        *,
        {{ fingerprint(['follower_id', 'post_id', 'occurred_at'] + version_columns()) }}
            as state
    from states
),

compared as (
    select
        *,
        (state is distinct from lag(state) over progressed) as is_changed,
        (occurred_at is not null and lag(occurred_at) over progressed is null)
            as is_newly_dated
    from fingerprinted
    window progressed as (
        partition by interaction_id order by is_stored desc, run_seq asc
    )
),

numbered as (
    select
        *,
        count(*) filter (where is_changed) over (
            partition by interaction_id order by is_stored desc, run_seq asc
        ) as state_no
    from compared
),

dated as (
    select
        *,
        -- a first state holds from the event, so does one whose time becomes known;
        -- any other holds from its change
        max(
            case
                when not is_changed then null
                when is_stored then effective_at
                when state_no = 1 or is_newly_dated then occurred_at
                else version_at
            end
        ) over (partition by interaction_id order by state_no) as holds_from,
        max(newest_at) over (
            partition by interaction_id, state_no
        ) as newest_delivery_at,
        -- never before what it replaces, in whichever order loads were taken up
        max(case when is_changed then recorded_at end) over (
            partition by interaction_id order by state_no
        ) as known_from,
        max(state_no) over (partition by interaction_id) as last_state_no
    from numbered
),

entries as (
    {{ ledger_entries('dtd', 'dtd', gross_sign=1) }}
    from dated as dtd
    where dtd.is_changed and not dtd.is_stored
    union all
    {{ ledger_entries('rpl', 'dtd', gross_sign=-1) }}
    from dated as dtd
    -- inner: a first state replaces nothing
    inner join dated as rpl
        on dtd.interaction_id = rpl.interaction_id and dtd.state_no = rpl.state_no + 1
    where dtd.is_changed and rpl.is_changed
    {%- if is_brought_forward() %}
    union all
    {{ ledger_entries('dtd', 'dtd', gross_sign=0) }}
    from dated as dtd
    where
        dtd.is_stored
        and dtd.last_state_no = 1
        and dtd.newest_delivery_at > dtd.newest_at
    {%- else %}
    union all
    select {{ columns_of('arc', ledger_columns()) }}
    from archived as arc
    {%- endif %}
)

select * from entries

-- Without CTEs: PostgreSQL plans a view that has some by itself, and the order of its
-- indexes is lost. One scan, and a look-up for the few entries that do not stand any
-- more: a union would lose that order too, `exists` might read all reversals.
select {{ columns_of('ldg', in_effect_columns()) }}
from {{ ref('interaction_ledger') }} as ldg
where
    ldg.gross_sign = 1
    and {{ is_in_effect('ldg', as_of()) }}
    and (
        ldg.is_standing
        -- what was changed or retracted only later still held
        or coalesce((
            select false
            from {{ ref('interaction_ledger') }} as rvs
            where
                rvs.interaction_id = ldg.interaction_id
                and rvs.reversed_run_seq = ldg.run_seq
                and rvs.gross_sign = -1
                and not rvs.is_standing
                and {{ is_in_effect('rvs', as_of()) }}
            limit 1  -- one at most -- noqa: AM09
        ), true)
    )

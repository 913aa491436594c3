"""Constructs that Apache Spark 4 refuses or, worse, reads wrongly; found without Spark.

Source: a statement in PostgreSQL's dialect, as sqlglot parses it.
Shape:  a sentence per finding. docs/past-one-machine.md has the portable form of each.
Units:  a level is a lateral, or a subquery in an expression. Spark sees one level out.
Errors: those of sqlglot.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlglot
from sqlglot import exp

QUERIES = (exp.Select, exp.SetOperation)
Names = frozenset[str]


def findings(statement: str) -> list[str]:
    """Return what Spark would not read as PostgreSQL does."""
    tree = sqlglot.parse_one(statement, read="postgres")
    return [*_anywhere(tree), *_of_query(tree, ())]


def _anywhere(tree: exp.Expr) -> Iterator[str]:
    """Yield what is wrong wherever it stands."""
    for call in tree.find_all(exp.Least, exp.Greatest):
        if not call.expressions:
            yield f"{call.sql()}: least and greatest take two arguments or more"
    for lateral in tree.find_all(exp.Lateral):
        if isinstance(lateral.this.unnest(), exp.Values):
            yield f"lateral (values …) {lateral.alias}: write select … union all select …"
    for window in tree.find_all(exp.Window):
        if window.args.get("alias") and isinstance(window.parent, exp.Select):
            yield f"window {window.this.sql()}: it cannot be built on another window"
    for join in tree.find_all(exp.Join):
        condition = join.args.get("on")
        is_limited = isinstance(join.this, exp.Lateral) and _limit(join.this.this.unnest())
        if is_limited and condition is not None and condition != exp.true():
            yield f"lateral … limit as {join.this.alias} on {condition.sql()}: use where"


def _of_query(query: exp.Expr, levels: tuple[Names, ...]) -> Iterator[str]:
    """Yield what is wrong with how a query, within some levels, reads rows of outer ones."""
    query = query.unnest()
    for cte in query.ctes if isinstance(query, exp.Query) else ():
        yield from _of_query(cte.this, levels)
    if isinstance(query, exp.SetOperation):
        yield from _of_query(query.this, levels)
        yield from _of_query(query.expression, levels)
    if not isinstance(query, exp.Select):
        return
    own = frozenset(source.alias_or_name for source in _sources(query))
    nested: list[exp.Expr] = []
    for node in query.walk(prune=lambda node: node is not query and _is_query(node)):
        if node is not query and _is_query(node):
            nested.append(node)
        elif isinstance(node, exp.Column) and _is_far(node, own, levels):
            yield f"{node.sql()}: two levels out; hand the column down"
    if query.args.get("group"):
        yield from _look_ups_in_groups(query)
    if levels:
        yield from _mixed_aggregates(query, own, levels[-1])
        if _limit(query):
            yield from _computed_equalities(query, levels[-1])
    for node in nested:
        inner = levels if _is_derived(node) else (*levels, own)
        yield from _of_query(node, inner)


def _is_far(column: exp.Column, own: Names, levels: tuple[Names, ...]) -> bool:
    """Whether a column is of a row that Spark does not see from here."""
    seen = own.union(*levels[-1:])
    return column.table not in seen and any(column.table in level for level in levels[:-1])


def _look_ups_in_groups(query: exp.Select) -> Iterator[str]:
    """Yield correlated subqueries among the columns of a grouped query."""
    own = {source.alias_or_name for source in _sources(query)}
    for column in query.selects:
        for look_up in column.find_all(exp.Subquery):
            if {each.table for each in look_up.find_all(exp.Column)} & own:
                yield f"{look_up.sql()}: look up after grouping, in the next step"


def _mixed_aggregates(query: exp.Select, own: Names, outer: Names) -> Iterator[str]:
    """Yield aggregates over columns of both sides."""
    for call in _own_nodes(query, exp.AggFunc):
        whole = call.parent if isinstance(call.parent, exp.Filter) else call
        assert whole is not None
        tables = {column.table for column in whole.find_all(exp.Column)}
        if tables & outer and tables & own:
            yield f"{whole.sql()}: aggregates own and outer columns; compute per row before"


def _computed_equalities(query: exp.Select, outer: Names) -> Iterator[str]:
    """Yield equalities, before a limit, with a computed value of the outer row.

    Spark applies the limit first, and then compares: rows are lost without an error.
    """
    for equality in _own_nodes(query, exp.EQ, exp.NullSafeEQ):
        for side in (equality.this, equality.expression):
            is_outer = any(column.table in outer for column in side.find_all(exp.Column))
            if is_outer and not isinstance(side, exp.Column):
                yield f"{equality.sql()}: before a limit, compare columns only"


def _own_nodes(query: exp.Select, *kinds: type[exp.Expr]) -> Iterator[exp.Expr]:
    for node in query.walk(prune=lambda node: node is not query and _is_query(node)):
        if isinstance(node, kinds):
            yield node


def _is_query(node: exp.Expr) -> bool:
    return isinstance(node, QUERIES)


def _is_derived(query: exp.Expr) -> bool:
    """Whether a query stands for a relation: a derived table or a part of a union."""
    place = query.parent
    while isinstance(place, exp.Subquery | exp.SetOperation):
        place = place.parent
    return isinstance(place, exp.From | exp.Join | exp.CTE)


def _sources(query: exp.Select) -> Iterator[exp.Expr]:
    source = query.args.get("from_") or query.args.get("from")
    if source is not None:
        yield source.this
    for join in query.args.get("joins") or ():
        yield join.this
    yield from query.args.get("laterals") or ()


def _limit(query: exp.Expr) -> bool:
    return isinstance(query, exp.Query) and query.args.get("limit") is not None

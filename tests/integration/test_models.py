"""The dbt project as a whole: it builds on an empty database, with its unit tests."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from dbt_env import problems

from warehouse import runs
from warehouse.connection import Target
from warehouse.transform import Dbt

pytestmark = pytest.mark.first_build

DESCRIBED = """
select n.nspname || '.' || c.relname || coalesce('.' || a.attname, '')
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
left join pg_attribute as a on c.oid = a.attrelid and a.attnum > 0 and not a.attisdropped
where n.nspname = 'marts' and c.relkind in ('v', 'r')
    and (obj_description(c.oid) is null or col_description(c.oid, a.attnum) is null)
"""


def test_an_empty_database_builds_with_all_tests(
    target: Target, session: psycopg.Connection
) -> None:
    result = Dbt(target).invoke(["build"])
    assert result.success, problems(result)
    undescribed = session.execute(DESCRIBED).fetchall()
    assert undescribed == []


def test_the_planner_knows_the_values_of_seeds(session: psycopg.Connection) -> None:
    """Else a first run compares each delivery with each row of a seed."""
    unknown = session.execute(
        "select relname from pg_class as cls where relnamespace = 'seeds'::regnamespace"
        " and relkind = 'r' and reltuples <> 0 and not exists ("
        "select from pg_stats where schemaname = 'seeds' and tablename = relname)"
    ).fetchall()
    assert unknown == []


def test_every_golden_vector_has_a_unit_test(target: Target) -> None:
    manifest: Any = Dbt(target).invoke(["parse"]).result
    assert len(manifest.unit_tests) >= 30
    models = [node for node in manifest.nodes.values() if node.resource_type == "model"]
    without_grain = [
        node.name for node in models if not node.description.startswith("One row per")
    ]
    assert without_grain == []
    not_public = [
        node.name
        for node in models
        if node.schema == "marts" and (node.access != "public" or not node.contract.enforced)
    ]
    assert not_public == []


def test_a_plain_dbt_build_is_a_run(target: Target, session: psycopg.Connection) -> None:
    before = session.execute("select max(run_seq) from raw.runs").fetchone()
    assert Dbt(target).invoke(["build", "--exclude-resource-types", "unit_test"]).success
    after = session.execute(
        "select run_seq, is_successful from raw.runs order by run_seq desc limit 1"
    ).fetchone()
    assert before is not None and after == (before[0] + 1, True)
    outcome = runs.run(target, session)
    assert outcome.is_successful and outcome.run_seq == before[0] + 2
    again = runs.run(target, session)
    assert again.is_successful and again.run_seq is None

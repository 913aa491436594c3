"""A wrong row of a seed that names its workspace holds that workspace alone.

Runs build the seeds and one model that reads one.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from copies import ROOT, copy_project
from gate_loads import Landing

from warehouse import runs, seeds
from warehouse.connection import Target
from warehouse.errors import WarehouseError
from warehouse.transform import Dbt

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult

BUILT = ("resource_type:seed", "workspace_settings")
HEADER = "workspace_id,time_zone,first_weekday\n"
ZONES = "select workspace_id, time_zone from seeds.workspaces order by 1"
SETTINGS = "select workspace_id, time_zone from core.workspace_settings order by 1"
WAITING = "select distinct workspace_id from raw.loads where run_seq is null order by 1"


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project."""
    return copy_project(tmp_path_factory.mktemp("seed_holds") / "project")


@pytest.fixture
def project(copied: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The copy in the place of the project, with its seeds; a run builds `BUILT` alone."""
    shutil.copytree(ROOT / "seeds", copied / "seeds", dirs_exist_ok=True)
    monkeypatch.setattr("warehouse.state.project_root", lambda: copied)
    invoke = Dbt.invoke

    def invoke_some(dbt: Dbt, arguments: Sequence[str]) -> dbtRunnerResult:
        chosen = ("--select", *BUILT) if arguments[0] == "build" else ()
        return invoke(dbt, [*arguments, *chosen])

    monkeypatch.setattr(Dbt, "invoke", invoke_some)
    return copied


def test_a_wrong_row_holds_its_workspace_alone(
    target: Target, session: psycopg.Connection, project: Path
) -> None:
    landing = Landing(target, session)

    def land(*workspaces: str) -> None:
        for landing.workspace in workspaces:
            landing.land_good(20)

    def write(*rows: str) -> None:
        file = project / "seeds" / "workspaces.csv"
        file.write_text(HEADER + "".join(f"{row},1\n" for row in rows))

    land("acme", "globex")
    write("acme,Europe/Berlin", "globex,Asia/Tokyo")
    outcome = runs.run(target, session)
    assert (outcome.is_successful, outcome.held) == (True, ())

    land("acme", "globex")
    write("globex,America/Lima", "acme,Nowhere/Atall", "acme,Europe/Rome")
    wrong = "seeds/workspaces.csv, line 3: time_zone is 'Nowhere/Atall'; "
    wrong += "write a time zone by its name, like Europe/Berlin."
    outcome = runs.run(target, session)
    assert (outcome.is_successful, outcome.held, outcome.load_count) == (True, ("acme",), 1)
    assert [(each.name, each.message) for each in outcome.warnings] == [("acme", wrong)]
    published = [("acme", "Europe/Berlin"), ("globex", "America/Lima")]
    assert session.execute(ZONES).fetchall() == published
    assert session.execute(SETTINGS).fetchall() == published
    assert session.execute(WAITING).fetchall() == [("acme",)]

    land("globex")  # the seeds are not read again, and what they hold is known
    outcome = runs.run(target, session)
    assert (outcome.is_successful, outcome.held) == (True, ("acme",))
    assert session.execute(WAITING).fetchall() == [("acme",)]

    write("globex,America/Lima", "acme,Europe/Rome")
    outcome = runs.run(target, session)
    assert (outcome.is_successful, outcome.held, outcome.load_count) == (True, (), 1)
    assert session.execute(ZONES).fetchall() == [("acme", "Europe/Rome"), published[1]]
    assert seeds.held(session) == {}

    write("globex,America/Lima", "acme,Nowhere/Atall")
    refused = Dbt(target).invoke(["seed", "--select", "workspaces"])
    assert not refused.success  # plain dbt could not say who waits


def test_what_is_not_of_one_workspace_holds_the_run(
    target: Target, session: psycopg.Connection, project: Path
) -> None:
    landing = Landing(target, session)
    for landing.workspace in ("acme", "globex"):
        landing.land_good(5)
    file = project / "seeds" / "workspaces.csv"
    for rows, sentence in (
        ("acme,Nowhere,1\nglobex,Nowhere,1\n", "line 2: time_zone"),
        ("acme ,UTC,1\n", "workspace_id is 'acme '"),
        (",UTC,1\n", "workspace_id is empty"),
        ("nobody,Nowhere,1\n", "line 2: time_zone"),
    ):
        file.write_text(HEADER + rows)
        with pytest.raises(WarehouseError, match=sentence):
            seeds.settle(session)
    file.write_text(HEADER + "acme,UTC,8\nacme,UTC,1\nglobex,UTC,2\n")
    assert list(seeds.settle(session)) == ["acme"]
    weights = project / "seeds" / "engagement_weights.csv"
    weights.write_text(weights.read_text().replace("comment,", "comment,-"))
    with pytest.raises(WarehouseError, match="engagement_weights"):
        seeds.settle(session)

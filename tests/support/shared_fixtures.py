"""Fixtures with real servers and databases, which are removed after the tests."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from built_home import DATABASE, TEMPLATE, copy_built_home, copy_database
from command_line import Console
from copies import copy_project
from dbt_env import DbtEnv
from history_runner import INSTANTS
from hypothesis import HealthCheck, settings
from quick_dbt import quick_dbt

from warehouse import connection, database
from warehouse.cli import COLLECTION_THRESHOLDS
from warehouse.embedded import server

OWN_SERVER = ("DATABASE_URL", "PGHOST", "PGHOSTADDR", "PGSERVICE")

gc.set_threshold(*COLLECTION_THRESHOLDS)
# No example fails because the machine is slow or busy.
settings.register_profile(
    "any speed", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any speed")


@pytest.fixture(scope="session")
def share(pytestconfig: pytest.Config) -> Callable[[int], int]:
    """Makes of a full count the part that is wanted, at least 1."""
    part: float = pytestconfig.getoption("share")
    return lambda full: max(round(full * part), 1)


@pytest.fixture(scope="session")
def state_folder() -> Iterator[Path]:
    """A state folder with a running embedded server, for the whole session."""
    folder = Path(tempfile.mkdtemp(prefix="warehouse-tests-"))
    folder.chmod(0o755)
    before = {name: os.environ.pop(name, None) for name in OWN_SERVER}
    try:
        with quick_dbt():
            copy_built_home(folder / "state")
            os.environ["WAREHOUSE_HOME"] = str(folder / "state")
            yield folder / "state"
    finally:
        os.environ["WAREHOUSE_HOME"] = str(folder / "state")
        server.stop()
        del os.environ["WAREHOUSE_HOME"]
        os.environ.update({name: value for name, value in before.items() if value})
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def target(request: pytest.FixtureRequest, state_folder: Path) -> connection.Target:
    """A database for the tests of one module, in which everything is built.

    Where the module carries the mark `first_build`, it is empty and prepared.
    """
    assert state_folder
    is_built = request.node.get_closest_marker("first_build") is None
    copy_database(
        connection.resolve("postgres"), TEMPLATE if is_built else "template1", DATABASE
    )
    made = connection.resolve(DATABASE)
    with made.connect(autocommit=True) as session:
        database.prepare(session)
    return made


@pytest.fixture(scope="module")
def session(target: connection.Target) -> Iterator[psycopg.Connection]:
    """A connection of the owner to the module's database."""
    with target.connect(autocommit=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def warehouse(target: connection.Target) -> Console:
    """The command line on the module's database."""
    return Console(target)


@pytest.fixture(scope="session")
def copied_project(state_folder: Path) -> Path:
    """A copy of the project that histories change."""
    return copy_project(state_folder.parent / "dbt_env")


@pytest.fixture(scope="session")
def template(copied_project: Path) -> str:
    """A database in which everything has been built, and nothing landed."""
    return DbtEnv(copied_project, DATABASE).as_template(TEMPLATE, "template", INSTANTS[0])


@pytest.fixture(scope="session")
def dbt_env(copied_project: Path, template: str) -> DbtEnv:
    """The environment in which histories run."""
    return DbtEnv(copied_project, DATABASE, template, INSTANTS[0])

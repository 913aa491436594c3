"""Real servers and databases for tests; everything is gone afterwards."""

from __future__ import annotations

import gc
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from chronicle import INSTANTS
from command_line import Console
from copies import copy_project
from grounds import Grounds

from warehouse import connection, database
from warehouse.cli import COLLECTION_THRESHOLDS
from warehouse.embedded import server

OWN_SERVER = ("DATABASE_URL", "PGHOST", "PGHOSTADDR", "PGSERVICE")

_numbers = itertools.count(1)

gc.set_threshold(*COLLECTION_THRESHOLDS)


def pytest_addoption(parser: pytest.Parser) -> None:
    """How long the long forms in tests/soak are."""
    parser.addoption(
        "--share",
        type=float,
        default=1.0,
        metavar="PART",
        help="part of their full length that the long forms run, like 0.1",
    )


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
    os.environ["WAREHOUSE_HOME"] = str(folder / "state")
    try:
        yield folder / "state"
    finally:
        os.environ["WAREHOUSE_HOME"] = str(folder / "state")
        server.stop()
        del os.environ["WAREHOUSE_HOME"]
        os.environ.update({name: value for name, value in before.items() if value})
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def target(state_folder: Path) -> connection.Target:
    """An empty, prepared database for the tests of one module."""
    assert state_folder
    made = connection.resolve(f"test_{next(_numbers)}")
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
def template(state_folder: Path) -> str:
    """A database in which everything has been built, and nothing landed."""
    grounds = Grounds(copy_project(state_folder.parent / "first"), "first")
    return grounds.as_template("template", INSTANTS[0])


@pytest.fixture(scope="session")
def grounds(state_folder: Path, template: str) -> Grounds:
    """Where chronicles happen."""
    project = copy_project(state_folder.parent / "grounds")
    return Grounds(project, "grounds", template, INSTANTS[0])

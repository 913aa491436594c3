"""A build on three hosts, in the middle of which hosts fail or a link is cut.

The hosts are network namespaces of this machine, so shuffles cross a real network stack. All
stored relations are built; the marts read only these, with smaller shuffles.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import lake_comparison
import pytest
import spark_hosts
from copies import ROOT, copy_without_marts
from spark_hosts import Cluster

from benchmarks.synthetic import Deliveries
from warehouse.lake.layout import Lake
from warehouse.lake.sink import ParquetSink
from warehouse.loading import Declared, find, load

AS_OF = "2026-06-07T23:59:59Z"
BEGIN, SPAN = datetime(2026, 3, 1, tzinfo=UTC), timedelta(days=90)
RECORDS, FOLLOWERS, CONTENTS = 100_000, 5_000, 100
CUTS, FAILURES = 3, 3
CUT_SECONDS = 60
MOST_SECONDS = 1_800  # of a build, on a busy machine
FEWEST, MOST = 3, 20  # tables that a build has begun when something happens

# the command line, which waits less long for workers that never come
BUILDING = """\
from warehouse.lake import cluster
cluster.PATIENCE_SECONDS = 30
from warehouse.cli import main
main()
"""

pytestmark = pytest.mark.usefixtures("needs_spark")


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster of three hosts."""
    if (reason := spark_hosts.missing()) is not None:
        pytest.skip(reason)
    with spark_hosts.cluster(tmp_path_factory.mktemp("hosts")) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project without marts and checks, so that a build takes a minute."""
    return copy_without_marts(tmp_path_factory.mktemp("project") / "copy")


@pytest.fixture(scope="module")
def lake(
    needs_spark: None, tmp_path_factory: pytest.TempPathFactory, share: Callable[[int], int]
) -> Lake:
    """A lake with the samples and many synthetic records."""
    folder = tmp_path_factory.mktemp("lake")
    file = folder / "synthetic.ndjson"
    Deliveries(19, FOLLOWERS, CONTENTS).write(file, max(share(RECORDS), 5_000), BEGIN, SPAN)
    samples = [str(path) for path in (ROOT / "samples").iterdir() if path.is_file()]
    with ParquetSink.open(folder / "lake") as sink:
        list(load(sink, [str(file), *find(samples)], Declared("acme")))
    return Lake(folder / "lake")


def begin(cluster: Cluster, lake: Lake, project: Path) -> subprocess.Popen[str]:
    """Start a build, as people do, on the first host."""
    return cluster.first.start(
        *(sys.executable, "-c", BUILDING, "lake", "build", str(lake.folder)),
        *("--master", cluster.master, "--as-of", AS_OF, "--accept"),
        folder=project,
        SPARK_CONF_DIR=str(cluster.settings),
        WAREHOUSE_HOME=str(cluster.first.folder / "state"),
        PYTHONPATH=str(project),
        COLUMNS="1000",
    )


def end(cluster: Cluster, process: subprocess.Popen[str]) -> tuple[int, str]:
    """Return the exit code of a build, and what it said."""
    code = process.wait(MOST_SECONDS)
    log = max(cluster.first.folder.glob("*.log"), key=lambda file: int(file.stem))
    return code, log.read_text(errors="replace")


def until_it_builds(lake: Lake, process: subprocess.Popen[str], tables: int) -> None:
    """Return when a build has begun so many of its stored relations."""
    before = {folder.name for folder in lake.builds.glob("*")}
    while process.poll() is None:
        fresh = [folder for folder in lake.builds.glob("*") if folder.name not in before]
        if sum(len(list(folder.glob("core.db/*"))) for folder in fresh) >= tables:
            return
        time.sleep(0.05)


@pytest.fixture(scope="module")
def undisturbed(
    hosts: Cluster, lake: Lake, project: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A copy of the build that nothing disturbed."""
    code, told = end(hosts, begin(hosts, lake, project))
    assert code == 0, told
    current = lake.current()
    assert current is not None
    copy = tmp_path_factory.mktemp("undisturbed") / "build"
    subprocess.run(["cp", "-a", current, copy], check=True)
    return copy


def holds(lake: Lake, before: Path | None, undisturbed: Path, code: int, told: str) -> bool:
    """Whether a disturbed build ended right; if not, it failed whole, and said so."""
    current = lake.current()
    assert current is not None
    with lake_comparison.connect(undisturbed.parent) as db:
        found = list(lake_comparison.differences_of_builds(db, undisturbed, current))
    assert found == []
    assert "Traceback" not in told
    assert (current == before) == (code != 0), told
    if code != 0:
        assert told.count("✗") >= 1, told
        assert "Nothing was published" in told
    return code == 0


def test_a_host_fails_in_a_build(
    hosts: Cluster, lake: Lake, project: Path, undisturbed: Path, share: Callable[[int], int]
) -> None:
    """One worker is left, and Spark computes again what the other one had."""
    dice = random.Random(19)
    for _ in range(share(FAILURES)):
        before, victim = lake.current(), dice.choice(hosts.others)
        process = begin(hosts, lake, project)
        until_it_builds(lake, process, dice.randint(FEWEST, MOST))
        assert process.poll() is None
        victim.fail()
        code, told = end(hosts, process)
        assert holds(lake, before, undisturbed, code, told), told
        hosts.add_worker(victim)


def test_a_link_is_cut_for_a_minute_in_a_build(
    hosts: Cluster, lake: Lake, project: Path, undisturbed: Path, share: Callable[[int], int]
) -> None:
    dice = random.Random(20)
    for _ in range(share(CUTS)):
        before, victim = lake.current(), dice.choice(hosts.others)
        process = begin(hosts, lake, project)
        until_it_builds(lake, process, dice.randint(FEWEST, MOST))
        assert process.poll() is None
        victim.cut()
        time.sleep(CUT_SECONDS)
        victim.mend()
        code, told = end(hosts, process)
        holds(lake, before, undisturbed, code, told)


def test_every_worker_fails_in_a_build(hosts: Cluster, lake: Lake, project: Path) -> None:
    before, builds = lake.current(), set(lake.builds.glob("*"))
    process = begin(hosts, lake, project)
    until_it_builds(lake, process, FEWEST)
    assert process.poll() is None
    for host in hosts.others:
        host.fail()
    code, told = end(hosts, process)
    for host in hosts.others:
        hosts.add_worker(host)
    assert code == 1, told
    (sentence,) = [line for line in told.splitlines() if line.startswith("✗")]
    assert "Spark has had no worker for" in sentence
    assert "Traceback" not in told
    assert lake.current() == before
    assert set(lake.builds.glob("*")) == builds

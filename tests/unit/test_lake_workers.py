"""Workers on this machine: as many as fit, with memory for each, in words that Spark reads."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.lake import cluster

GB = 1024


@pytest.mark.parametrize(
    ("cores", "memory_mb", "master"),
    [
        (2, 24 * GB, "local-cluster[2,1,5120]"),
        (8, 16 * GB, "local-cluster[2,4,3072]"),
        (64, 256 * GB, "local-cluster[16,4,8064]"),
        (2, 8 * GB, "local-cluster[2,1,1024]"),
        (4, 4 * GB, "local[4]"),
        (1, 64 * GB, "local[1]"),
    ],
)
def test_machines(cores: int, memory_mb: int, master: str) -> None:
    assert cluster.master_of(cores, memory_mb) == master


@given(st.integers(1, 512), st.integers(256, 4_000_000))
def test_no_more_than_the_machine_has(cores: int, memory_mb: int) -> None:
    master = cluster.master_of(cores, memory_mb)
    found = re.fullmatch(r"local-cluster\[(\d+),(\d+),(\d+)\]", master)
    if found is None:
        assert master == f"local[{cores}]"
        return
    workers, cores_each, mb_each = map(int, found.groups())
    assert workers >= 2
    assert cores - workers < workers * cores_each <= cores
    assert cluster.DRIVER_MB + workers * mb_each <= memory_mb / 2
    assert cluster.settings(master) == {"spark.executor.memory": f"{mb_each}m"}


def test_other_masters_have_settings_of_their_own() -> None:
    for master in ("local[2]", "spark://host:7077", "yarn"):
        assert cluster.settings(master) == {}

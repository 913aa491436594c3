"""Which tests run: all but the long ones, or the long ones, or a part of either.

`pytest` without a path runs everything, from any folder of the project. Tests that carry the
mark `soak`, or are in tests/soak, run with `--soak` alone. `--part 3/8` runs every eighth test.
"""

from __future__ import annotations

import re
import zlib

import pytest
from _pytest.config import Config

SOAK = "tests/soak/"

pytest_plugins = ["shared_fixtures", "own_server_fixtures", "served", "needs_spark"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of `make soak`."""
    parser.addoption("--soak", action="store_true", help="run the long tests, and only these")
    parser.addoption(
        "--share",
        type=float,
        default=1.0,
        metavar="SHARE",
        help="share of their full length that the long tests run, like 0.1",
    )
    parser.addoption(
        "--part",
        type=part,
        default=(0, 1),
        metavar="K/N",
        help="run the K-th of N parts of the tests; a test is in one part",
    )


def part(text: str) -> tuple[int, int]:
    """Return the numbers of an option like 3/8; the first is taken round the second."""
    found = re.fullmatch(r"(\d+)/([1-9]\d*)", text)
    if found is None:
        raise ValueError(f"{text!r} is not a part; write it like 3/8")
    number, count = map(int, found.groups())
    return number % count, count


def pytest_configure(config: pytest.Config) -> None:
    """Collect from the project's folders of tests, whatever folder pytest was started in."""
    if config.args_source is Config.ArgsSource.INVOCATION_DIR:
        config.args[:] = [str(config.rootpath / path) for path in config.getini("testpaths")]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests that were not asked for."""
    wanted = config.getoption("--soak")
    number, count = config.getoption("--part")
    left_out = [
        item
        for item in items
        if is_long(item) != wanted or zlib.crc32(kept_together(item)) % count != number
    ]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


def kept_together(item: pytest.Item) -> bytes:
    """Return what tests of the same part share: the file, for one may go on from another.

    Those of tests/soak stand for themselves.
    """
    in_folder = item.path.is_relative_to(item.config.rootpath / SOAK)
    return (item.nodeid if in_folder else item.nodeid.partition("::")[0]).encode()


def is_long(item: pytest.Item) -> bool:
    """Whether a test runs in `make soak` only."""
    in_folder = item.path.is_relative_to(item.config.rootpath / SOAK)
    return in_folder or item.get_closest_marker("soak") is not None

"""Which tests run, in which order, and which share a process.

`pytest` without a path runs everything, from any folder of the project. Tests that carry the
mark `soak`, or are in tests/soak, run with `--soak` alone. `--part 3/8` runs every eighth test.
With several processes each file runs in one, and the longest files run first.
"""

from __future__ import annotations

import importlib
import re
import time
from typing import Any

import pytest
import real_services
from _pytest.config import Config

SOAK = "tests/soak/"
# Files that need one costly fixture of the session run in one process.
TOGETHER = (
    ("test_scenarios.py", "test_history_machine.py"),
    (
        *("test_web_attacks.py", "test_pages.py", "test_api.py", "test_api_answers.py"),
        *("test_token_routes.py", "test_page_lists.py", "test_page_errors.py"),
        *("test_page_choices.py", "test_models_page.py"),
    ),
)
# The first builds the template that most others wait for; the next two need none.
LONGEST_FIRST = (
    *("test_ownership.py", "test_track_js.py", "test_server.py", "test_kills.py"),
    *(*TOGETHER[0], *TOGETHER[1], "test_privacy_erase.py", "test_cli_runs.py"),
    *("test_news.py", "test_purge.py"),
    *("test_demo.py", "test_histories.py", "test_tenant_attacks.py", "test_models.py"),
    *("test_privacy_opt_out.py", "test_backup.py", "test_score_changes.py"),
    *("test_privacy_lists.py", "test_erased_histories.py", "test_seeds.py", "test_watch.py"),
    *("test_splits.py", "test_tenants.py", "test_serve.py", "test_gate_runs.py"),
    *("test_decide.py", "test_environment_faults.py", "test_label.py", "test_notify.py"),
    *("test_seed_checks.py", "test_serve_watch.py", "test_growth.py"),
)
LEFT_OUT = pytest.StashKey[list[str]]()
BEGUN = pytest.StashKey[float]()

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
        help="run the K-th of N parts of the tests; a test is in one part. A larger K goes"
        " round, and begins with another file each time",
    )
    parser.addoption(
        "--minutes",
        type=float,
        metavar="MINUTES",
        help="begin no test later than so many minutes after the first one",
    )


def part(text: str) -> tuple[int, int]:
    """Return the numbers of an option like 3/8."""
    found = re.fullmatch(r"(\d+)/([1-9]\d*)", text)
    if found is None:
        raise ValueError(f"{text!r} is not a part; write it like 3/8")
    number, count = map(int, found.groups())
    return number, count


def pytest_configure(config: pytest.Config) -> None:
    """Collect from the project's folders of tests, whatever folder pytest was started in.

    The folder of long tests, of which some import large extras, only if they are wanted.
    """
    if config.args_source is not Config.ArgsSource.ARGS:
        config.args[:] = [
            str(config.rootpath / path)
            for path in config.getini("testpaths")
            if config.getoption("--soak") or f"{path}/" != SOAK
        ]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests that were not asked for, and put the rest in order."""
    wanted = config.getoption("--soak")
    number, count = config.getoption("--part")
    asked = [item for item in items if is_long(item) == wanted]
    parts = {key: place for place, key in enumerate(sorted({*map(kept_together, asked)}))}
    kept = [item for item in asked if parts[kept_together(item)] % count == number % count]
    if left_out := set(items) - set(kept):
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept
    places = {name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))
    files = list(dict.fromkeys(item.path for item in items))
    if files:
        first = number // count % len(files)
        turned = {path: (place - first) % len(files) for place, path in enumerate(files)}
        items.sort(key=lambda item: turned[item.path])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each file, or the files of one row of TOGETHER, to one process, in our order."""
    if config.getoption("dist") != "loadfile":
        return None
    xdist: Any = importlib.import_module("xdist.scheduler")
    groups = {name: names[0] for names in TOGETHER for name in names}
    config.option.loadscopereorder = False
    scheduling = xdist.LoadFileScheduling(config, log)
    file_of = scheduling._split_scope

    def group_of(nodeid: str) -> str:
        path: str = file_of(nodeid)
        return groups.get(path.rpartition("/")[2], path)

    scheduling._split_scope = group_of
    return scheduling


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> bool | None:
    """Leave a test out when the minutes are over."""
    minutes, stash = item.config.getoption("--minutes"), item.config.stash
    begun = stash.setdefault(BEGUN, time.monotonic())
    if minutes is None or time.monotonic() - begun <= minutes * 60:
        return None
    stash.setdefault(LEFT_OUT, []).append(item.nodeid)
    return True


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say what was not tested: what the minutes did not suffice for, and real services."""
    left_out = config.stash.get(LEFT_OUT, [])
    if left_out:
        terminalreporter.write_line(f"{len(left_out)} tests were left for another time")
    reports = terminalreporter.stats.get("passed", [])
    if any("test_pull_services" in report.nodeid for report in reports):
        terminalreporter.write_line(real_services.header())


def kept_together(item: pytest.Item) -> str:
    """Return what tests of the same part share: the file, for one may go on from another.

    Those of tests/soak stand for themselves.
    """
    in_folder = item.path.is_relative_to(item.config.rootpath / SOAK)
    return item.nodeid if in_folder else item.nodeid.partition("::")[0]


def is_long(item: pytest.Item) -> bool:
    """Whether a test runs in `make soak` only."""
    in_folder = item.path.is_relative_to(item.config.rootpath / SOAK)
    return in_folder or item.get_closest_marker("soak") is not None

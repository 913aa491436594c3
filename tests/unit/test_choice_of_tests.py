"""Which tests run: each long one in one part, from another file each time, for some minutes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from copies import ROOT

import conftest


@dataclass
class Config:
    """As much of pytest's configuration as is looked at."""

    options: dict[str, Any]
    rootpath: Path = ROOT
    stash: pytest.Stash = field(default_factory=pytest.Stash)

    @property
    def hook(self) -> Config:
        return self

    def pytest_deselected(self, items: list[Any]) -> None:
        """Take what is left out."""

    def getoption(self, name: str) -> Any:
        return self.options[name.removeprefix("--")]


@dataclass(frozen=True)
class Item:
    """A test of a file, long or not."""

    config: Config
    file: str
    name: str
    is_long: bool

    @property
    def path(self) -> Path:
        return ROOT / self.file

    @property
    def nodeid(self) -> str:
        return f"{self.file}::{self.name}"

    def get_closest_marker(self, name: str) -> str | None:
        return name if self.is_long else None

    def __hash__(self) -> int:
        return hash(self.nodeid)


FILES = [f"tests/integration/test_{number}.py" for number in range(9)]
SOAK = [f"tests/soak/test_many_{number}.py" for number in range(4)]


def chosen(text: str, *, soak: bool = True) -> list[str]:
    """Return the tests that `--part` chooses, in the order in which they run."""
    config = Config({"soak": soak, "part": conftest.part(text)})
    items: list[Any] = [
        *(Item(config, file, name, name == "b") for file in FILES for name in "abc"),
        *(Item(config, file, name, False) for file in SOAK for name in "ab"),
    ]
    conftest.pytest_collection_modifyitems(config, items)  # type: ignore[arg-type]
    return [item.nodeid for item in items]


def test_every_long_test_is_in_one_part() -> None:
    parts = [chosen(f"{number}/3") for number in range(1, 4)]
    assert all(parts)
    found = [nodeid for part in parts for nodeid in part]
    whole = chosen("0/1")
    assert sorted(found) == sorted(whole)
    assert len(whole) == len(FILES) + 2 * len(SOAK)
    assert not {*whole} & {*chosen("0/1", soak=False)}


def test_a_part_begins_with_another_file_each_time() -> None:
    turns = [chosen(f"{3 * turn + 1}/3") for turn in range(40)]
    assert all(sorted(turn) == sorted(turns[0]) for turn in turns)
    files = {nodeid.partition("::")[0] for nodeid in turns[0]}
    assert {turn[0].partition("::")[0] for turn in turns} == files


def test_the_longest_files_run_first() -> None:
    config = Config({"soak": False, "part": (0, 1)})
    last = conftest.LONGEST_FIRST[1]
    items: list[Any] = [
        Item(config, f"tests/integration/{name}", "a", False)
        for name in ("test_1.py", last, conftest.LONGEST_FIRST[0])
    ]
    conftest.pytest_collection_modifyitems(config, items)  # type: ignore[arg-type]
    assert [item.path.name for item in items] == [*conftest.LONGEST_FIRST[:2], "test_1.py"]


@pytest.mark.parametrize("wrong", ["3", "3/0", "a/b", "/8", "-1/8"])
def test_what_is_no_part_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="write it like 3/8"):
        conftest.part(wrong)


def test_no_test_begins_when_the_minutes_are_over(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr("conftest.time", SimpleNamespace(monotonic=lambda: clock[0]))
    config = Config({"minutes": 2})
    item: Any = Item(config, FILES[0], "a", True)
    begins = []
    for seconds in (0, 119, 2):
        clock[0] += seconds
        begins.append(conftest.pytest_runtest_protocol(item))
    assert begins == [None, None, True]
    assert config.stash[conftest.LEFT_OUT] == [item.nodeid]

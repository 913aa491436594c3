"""A channel with very many comments, and what a backfill of it costs.

Shape:  `Channel` makes its pages as they are asked for; `peak_of` pulls it in a process.
Units:  bytes; comments are a minute apart.
Errors: AssertionError where a pull fails.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, overload

from command_line import ended, process
from fake_services.youtube import YouTube
from pulled import NOW, Pulled

from warehouse.connection import Target

PAGE = 100  # comments, as YouTube gives them
# The command looks for unused objects so rarely that up to 10 MB of them wait; what is kept
# would not be seen beside them.
PEAK = """
import atexit, gc, pathlib, resource, sys
gc.set_threshold = lambda *_: None
def peak():
    told = pathlib.Path("/proc/self/status")  # Linux adds to ru_maxrss what its parent had
    if told.exists():
        largest = int(told.read_text().split("VmHWM:")[1].split()[0]) * 1024
    else:
        largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(largest, file=sys.stderr)
atexit.register(peak)
"""
NEWEST = NOW - timedelta(days=3)  # before the look-back window


class Channel(YouTube):
    """A channel with so many comments on its video, none of them new."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def _threads(self, channel: str) -> Any:
        return Threads(self.count)

    def tokens(self) -> Counter[str]:
        """Return how often each page was asked for; the first has no token."""
        return Counter(asked.params.get("pageToken", "") for asked in self.asked)


class Threads(Sequence[dict[str, Any]]):
    """Comments, the newest first."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> dict[str, Any]: ...

    @overload
    def __getitem__(self, place: slice) -> list[dict[str, Any]]: ...

    def __getitem__(self, place: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(self._count))]
        at = NEWEST - timedelta(minutes=place)
        comment = YouTube._comment(f"c{place:08}", at, f"Comment {place}, of some length")
        snippet = {"videoId": "vid1", "topLevelComment": comment, "totalReplyCount": 0}
        return {"kind": "youtube#commentThread", "id": comment["id"], "snippet": snippet}


def peak_of(pulled: Pulled, target: Target) -> int:
    """Pull everything in a process of its own; return the most memory that it had."""
    said = ended(target, process(target, "pull", "s", "--backfill", prelude=PEAK))
    assert said.code == 0, said
    pages, left = divmod(pulled.service.count, PAGE)
    assert len(pulled.service.asked) == pages + 1
    assert left == 0
    assert landed(pulled) == (pulled.service.count, pulled.service.count)
    return int(said.err.split()[-1])


def landed(pulled: Pulled) -> tuple[int, int]:
    """Return how many comments landed, and how many of them differ."""
    row = pulled.session.execute(
        "select count(*), count(distinct native_id) from raw.interactions"
    ).fetchone()
    assert row is not None
    return row[0], row[1]

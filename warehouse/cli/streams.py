"""`warehouse load --singer`: the messages of a tap.

Source: standard input or a file, and a map per stream.
Shape:  states on standard output; a report on standard error; an exit code.
Errors: WarehouseError (usage) for what cannot be used together; those of the target pass.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import psycopg

from loaders.landing import Sink
from loaders.landing.suppression import Suppression
from warehouse import console, loading, maps
from warehouse.cli.declarations import declared
from warehouse.errors import USAGE, WarehouseError
from warehouse.reports.streams import after_stream, show_streams
from warehouse.singer.target import Target

Place = AbstractContextManager[tuple[psycopg.Connection | Sink, Suppression | None]]


def load_stream(
    paths: Sequence[str],
    said: dict[str, Any],
    opened: Callable[[], Place],
    *,
    is_complete: bool,
) -> int:
    """Load one input of Singer messages; return the exit code."""
    map_file = said.pop("map_file")
    if map_file is None:
        raise WarehouseError(
            "--singer needs --map: a file with a map for each stream, as a table "
            "[streams.NAME]; integrations/singer/ has some.",
            USAGE,
        )
    if len(paths) != 1:
        raise WarehouseError("--singer reads one PATH: a file, or - for standard input.", USAGE)
    if said["platform"] is not None:
        raise WarehouseError(
            "--platform cannot be used with --map, which names the platform.", USAGE
        )
    declaration = declared(**said, map_file=None)
    of_streams = maps.read_streams(map_file)
    with _input(paths[0]) as (descriptor, name), opened() as (place, suppression):
        target = Target(
            place,
            declaration,
            of_streams,
            _emit,
            console.warn,
            suppression=suppression,
            is_complete=is_complete,
        )
        try:
            target.read(descriptor, name)
        finally:  # also of a stream that was broken off
            show_streams(target.streams, target.passed_over)
    return after_stream(target.streams)


@contextmanager
def _input(path: str) -> Iterator[tuple[int, str]]:
    """Open what is read; its descriptor and its name."""
    if path == loading.STDIN:
        yield sys.stdin.fileno(), "standard input"
        return
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError as error:
        raise WarehouseError(f"{path} cannot be read: {error.strerror}.") from None
    try:
        yield descriptor, path
    finally:
        os.close(descriptor)


def _emit(state: bytes) -> None:
    """Write a state on a line of its own."""
    sys.stdout.write(state.decode() + "\n")
    sys.stdout.flush()

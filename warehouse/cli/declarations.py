"""What people declare about files: workspace, platform, account, zone, order of dates, map.

Source: options of `load` and `watch`.
Shape:  `declared_options` adds the options to a command, `declared` checks what they say.
Errors: WarehouseError or click's own (usage) for what cannot be, naming the option.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from loaders.parsing import times
from warehouse import loading, maps
from warehouse.cli.shared import date_order_option
from warehouse.errors import USAGE, WarehouseError

_OTHERS = (
    click.option(
        "--platform", "-p", help="Needed only if the content does not show the platform."
    ),
    click.option("--account", help="The exporting account, if the export does not name it."),
    click.option("--timezone", help="Time zone of times without one, like Europe/Berlin."),
    date_order_option,
    click.option(
        "--map",
        "map_file",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Read your own CSV, JSON, Parquet or .xlsx with this map (see `warehouse map`).",
    ),
)


def declared_options(*, needs_workspace: bool) -> Callable[[Callable[..., Any]], Any]:
    """Return what adds the options that hold for all files of a command."""
    workspace = click.option(
        "--workspace",
        "-w",
        required=needs_workspace,
        help="Client or brand of the data; you choose the name.",
    )

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed((workspace, *_OTHERS)):
            function = option(function)
        return function

    return add


def declared(
    *,
    workspace: str,
    platform: str | None,
    account: str | None,
    timezone: str | None,
    date_order: times.Order | None,
    map_file: Path | None,
) -> loading.Declared:
    """Return what the options say, checked."""
    if not loading.WORKSPACE.fullmatch(workspace):
        raise WarehouseError(
            "A workspace is a name of letters, digits, - _ or . (at most 63).", USAGE
        )
    map_of_columns = None if map_file is None else maps.read(map_file)
    said = loading.Declared(workspace, platform, account, timezone, date_order, map_of_columns)
    said.context()
    return said

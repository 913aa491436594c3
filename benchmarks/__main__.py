"""`python -m benchmarks`: measure, print a table, write JSON.

Shape:  options in, a table on standard output, progress on standard error.
Errors: exit code 1 with a sentence; a goal that is missed is a figure, not an error.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median

import click

from benchmarks import landing, peers, synthetic
from benchmarks.report import Figure, machine, show, write
from benchmarks.server import BenchmarkError, workplace
from warehouse.connection import Target
from warehouse.errors import WarehouseError

GOALS = {landing.ONE: 0.60, landing.TWO: 0.90}
PEERS: dict[str, Callable[[Target, Path], float | None]] = {
    "dlt": peers.dlt,
    "Singer target": peers.singer,
}


@click.command()
@click.option("--records", default=300_000, show_default=True, type=click.IntRange(min=1_000))
@click.option("--seed", default=1, show_default=True, help="Of the synthetic file.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path))
def main(records: int, seed: int, json_file: Path | None) -> None:
    """Measure landing against `psql \\copy` of the same rows."""
    try:
        with workplace() as (target, folder):
            path = folder / "synthetic.ndjson"
            _say(f"writing {records:,} records")
            synthetic.write(path, records, seed)
            heading = f"Landing {records:,} records, {path.stat().st_size / 2**20:.0f} MiB"
            measured = landing.measure(target, path, _say)
            figures = [*_figures(measured), *_peers(target, path, measured)]
            with target.connect() as session:
                version = session.info.parameter_status("server_version") or "?"
    except (BenchmarkError, WarehouseError) as error:
        raise click.ClickException(str(error)) from None
    of_machine = machine(version)
    show(figures, of_machine, heading)
    if json_file is not None:
        write(json_file, figures, of_machine)


def _figures(measured: landing.Measured) -> list[Figure]:
    base = median(measured.seconds[landing.COPY])
    notes = {
        landing.ONE: f"{measured.rejected:,} rejected; "
        f"peak memory {measured.peak_bytes / 2**20:.0f} MiB",
        landing.TWO: "both halves of the file at once",
    }
    return [
        _figure(what, median(seconds), base, measured.records, notes.get(what, ""))
        for what, seconds in measured.seconds.items()
    ]


def _peers(target: Target, path: Path, measured: landing.Measured) -> list[Figure]:
    base = median(measured.seconds[landing.COPY])
    kept = peers.readable(path)
    figures = []
    for name, land in PEERS.items():
        _say(name)
        seconds = land(target, kept)
        if seconds is None:
            figures.append(Figure(what=name, note="not installed"))
        else:
            figures.append(_figure(name, seconds, base, measured.records, "one turn"))
    return figures


def _figure(what: str, seconds: float, base: float, records: int, note: str) -> Figure:
    return Figure(
        what=what,
        seconds=round(seconds, 3),
        records_per_second=round(records / seconds),
        ratio=round(base / seconds, 3),
        goal=GOALS.get(what),
        note=note,
    )


def _say(text: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"  {text} …", err=True)


if __name__ == "__main__":
    main()

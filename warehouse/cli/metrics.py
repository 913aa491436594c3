"""The command that asks for metrics: mf, MetricFlow's own.

Source: arguments for MetricFlow; the semantic models of the project.
Shape:  MetricFlow takes the process over.
Errors: WarehouseError (usage) where the extra is not installed.
"""

from __future__ import annotations

import click

from warehouse.cli.shared import PASSED_ON, command, demo_option, owner
from warehouse.transform import metrics_command_line


@command(
    "mf",
    "warehouse mf list metrics",
    "warehouse mf query --metrics interactions --group-by metric_time",
    "warehouse mf --demo query --metrics retention_rate --group-by place__platform",
    context_settings=PASSED_ON,
)
@demo_option("Ask the demo's database; before the words for MetricFlow.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def mf_command(of_demo: bool, arguments: tuple[str, ...]) -> None:
    """Ask for metrics with MetricFlow, as the database's owner.

    Arguments are passed on: `warehouse mf query --help` is MetricFlow's own help. It needs the
    extra `metrics`.
    """
    with owner(of_demo=of_demo) as (target, _):
        pass
    metrics_command_line(target, arguments)

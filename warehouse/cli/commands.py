"""Every command, in the order in which people need them.

Source: the modules of this folder, one for each subject.
Shape:  one group; `warehouse.cli.main` runs it. A module is imported when one of its commands
        is called, or help lists them: most of a short command would be imports.
Units:  exit codes 0 done, 1 failed, 2 usage, 3 another run is active, 4 done with rejects.
Errors: those of the commands.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

MODULES = {
    "demo": "server",
    "up": "server",
    "down": "server",
    "status": "server",
    "load": "loads",
    "map": "loads",
    "pull": "pulling",
    "run": "runs",
    "runs": "runs",
    "watch": "watching",
    "schedule": "scheduling",
    "notify": "notifying",
    "rebuild": "runs",
    "purge": "runs",
    "decide": "people",
    "label": "people",
    "privacy": "privacy",
    "query": "questions",
    "login": "questions",
    "tenant": "tenants",
    "serve": "web",
    "token": "web",
    "psql": "questions",
    "backup": "server",
    "restore": "server",
    "dbt": "questions",
    "mf": "metrics",
    "lake": "lake",
    "rejects": "loads",
}


class Commands(click.Group):
    """Commands that are imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all names."""
        return list(MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the function `NAME_command` of the command's module."""
        if cmd_name not in MODULES:
            return None
        module: Any = import_module(f"warehouse.cli.{MODULES[cmd_name]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="engagement-warehouse", message="%(prog)s %(version)s")
def cli() -> None:
    """A SQL-first analytics warehouse for audience engagement.

    Load exports of social platforms, build the marts, ask questions. DATABASE_URL (or PG*
    variables) names your own PostgreSQL server, version 15 to 18. Without it, an embedded
    server keeps its data in the state folder (.warehouse, or WAREHOUSE_HOME).
    """

"""Every command, in the order in which people need them.

Source: the modules of this folder, one for each subject.
Shape:  one group; `warehouse.cli.main` runs it.
Units:  exit codes 0 done, 1 failed, 2 usage, 3 another run is active, 4 done with rejects.
Errors: those of the commands.
"""

from __future__ import annotations

import click

from warehouse.cli import loads, people, questions, runs, server


class Commands(click.Group):
    """Commands in the order in which they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in order of definition."""
        return list(self.commands)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="engagement-warehouse", message="%(prog)s %(version)s")
def cli() -> None:
    """A SQL-first analytics warehouse for audience engagement.

    Load exports of social platforms, build the marts, ask questions. DATABASE_URL (or PG*
    variables) names your own PostgreSQL server, version 15 to 18. Without it, an embedded
    server keeps its data in the state folder (.warehouse, or WAREHOUSE_HOME).
    """


for command in (
    server.demo_command,
    server.up_command,
    server.down_command,
    server.status_command,
    loads.load_command,
    loads.map_command,
    runs.run_command,
    runs.rebuild_command,
    runs.purge_command,
    people.decide_command,
    people.label_command,
    questions.query_command,
    questions.login_command,
    questions.psql_command,
    server.backup_command,
    server.restore_command,
    questions.dbt_command,
    loads.rejects_command,
):
    cli.add_command(command)

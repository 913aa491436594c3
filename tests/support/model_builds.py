"""Builds of the models alone: seeds stay as a test has changed them, and no check runs.

Shape:  an instant and variables of dbt in; AssertionError where a node fails.
Units:  instants aware, UTC. A build of everything takes twice as long as one without views.
"""

from __future__ import annotations

from datetime import datetime

from dbt_env import STORED

from warehouse.connection import Target
from warehouse.transform import Dbt, variables

LEFT_OUT = ("--exclude-resource-types", "test", "unit_test", "seed")


class ModelBuilds:
    """The builds of one database, one after the other."""

    def __init__(self, target: Target) -> None:
        self._dbt = Dbt(target)
        self._views: dict[str, object] = {}  # as of when they are, by the prefix of schemas

    def invoke(self, as_of: datetime, *command: str, **settings: object) -> None:
        """Run a dbt command; every node must succeed."""
        given = variables({"as_of": as_of.isoformat(), **settings})
        result = self._dbt.invoke([*command, *given])
        assert result.success, result

    def build(self, as_of: datetime, **settings: object) -> None:
        """Build the models; views are left out where their text would be the same."""
        prefix = str(settings.get("schema_prefix", ""))
        wanted = (as_of, settings.get("known_at"))
        are_views_same = self._views.get(prefix) == wanted
        selected = ("--select", *STORED) if are_views_same else ()
        self.invoke(as_of, "build", *LEFT_OUT, *selected, **settings)
        self._views[prefix] = wanted

"""What dbt builds in a run: everything, or what has news.

Source: the dbt project.
Shape:  dbt's own result.
Errors: none: a failed build is a result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

import psycopg

from warehouse import dbt_templates, news, project, results, traces, transform
from warehouse.connection import Target
from warehouse.transform import Dbt, variables


class Builder:
    """dbt, under the run lock that process `holder` has.

    `fingerprint`: of the project, where dbt's reading of it is kept for other runs. `rebuild`:
    whether all rows are replaced. `on_step`: as in `runs.run`.
    """

    def __init__(
        self,
        target: Target,
        holder: int,
        settings: dict[str, object],
        on_step: Callable[[str, int, int], None] | None,
        *,
        fingerprint: str | None = None,
        rebuild: bool = False,
    ) -> None:
        lock_holder = f"-c warehouse.lock_holder={holder}"
        options = " ".join(filter(None, [target.options, lock_holder]))
        self._target, self._settings = replace(target, options=options), settings
        self._on_event = results.steps(on_step)
        self._fingerprint, self._rebuilds = fingerprint, rebuild
        self._manifest: Any = None

    def prepare(self) -> None:
        """Load dbt and, where it is kept, its manifest."""
        transform.load()
        if self._fingerprint is not None:
            self._manifest = project.manifest(self._target, self._settings, self._fingerprint)

    def plan(
        self, session: psycopg.Connection, last: news.Last, held: Sequence[str]
    ) -> news.Plan | None:
        """What the run has to build; None where that is everything."""
        if self._manifest is None:
            return None
        as_of = self._settings.get("as_of")
        return news.plan(session, self._manifest, last, as_of, held)

    def build(self, plan: news.Plan | None) -> Any:
        """dbt's result of building what is planned, else everything.

        Where rows are not rebuilt, the checks that read whole marts are left out: they cost
        what is stored, not what is new.
        """
        left_out = [] if self._rebuilds else ["--exclude", "tag:whole_marts"]
        chosen = left_out if plan is None else plan.choose(self._manifest)
        target = self._target
        if plan is not None:
            target = replace(target, options=f"{target.options} {plan.options()}")
        told = {**self._settings, "rebuild": True} if self._rebuilds else self._settings
        arguments = [
            *("build", "--no-write-json", "--exclude-resource-types", "unit_test"),
            *chosen,
            *variables(told),
        ]
        with self._templates():
            done = Dbt(target, self._on_event, self._manifest).invoke(arguments)
        transform.keep_account(done)
        if done.result is not None:
            traces.record_nodes(getattr(done.result, "results", None))
        return done

    def _templates(self) -> AbstractContextManager[None]:
        if self._fingerprint is None:
            return nullcontext()
        return dbt_templates.kept(project.templates(self._target, self._fingerprint))

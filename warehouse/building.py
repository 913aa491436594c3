"""What dbt builds in a run: everything, or what has news.

Source: the dbt project.
Shape:  dbt's own result.
Errors: none: a failed build is a result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from warehouse import dbt_templates, news, project, results, traces, transform
from warehouse.connection import Target
from warehouse.transform import Dbt, variables


class Builder:
    """dbt, under the run lock that process `holder` has."""

    def __init__(
        self,
        target: Target,
        holder: int,
        settings: dict[str, object],
        templates: Path | None,
        on_step: Callable[[str, int, int], None] | None,
    ) -> None:
        """`templates`: the file for what dbt makes of templates; `on_step` as in `runs.run`."""
        lock_holder = f"-c warehouse.lock_holder={holder}"
        options = " ".join(filter(None, [target.options, lock_holder]))
        self._target, self._settings = replace(target, options=options), settings
        self._on_event = results.steps(on_step)
        self._manifest: Any = None
        self._templates = templates

    def prepare(self, fingerprint: str | None) -> None:
        """Load dbt and, of a project with this fingerprint, its manifest."""
        transform.load()
        if fingerprint is not None:
            self._manifest = project.manifest(self._target, self._settings, fingerprint)

    def plan(
        self, session: psycopg.Connection, last: news.Last, held: Sequence[str]
    ) -> news.Plan | None:
        """What the run has to build; None where that is everything."""
        if self._manifest is None:
            return None
        as_of = self._settings.get("as_of")
        return news.plan(session, self._manifest, last, as_of, held)

    def build(self, plan: news.Plan | None, *, is_whole: bool = False) -> Any:
        """dbt's result of building what is planned, else everything.

        Where rows are not rebuilt, the checks that read whole marts are left out: they cost
        what is stored, not what is new.
        """
        left_out = [] if is_whole else ["--exclude", "tag:whole_marts"]
        chosen = left_out if plan is None else plan.choose(self._manifest)
        manifest = None if plan is None else self._manifest
        target = self._target
        if plan is not None:
            target = replace(target, options=f"{target.options} {plan.options()}")
        kept = nullcontext() if self._templates is None else dbt_templates.kept(self._templates)
        with kept:
            done = Dbt(target, self._on_event, manifest).invoke(
                [
                    *("build", "--no-write-json", "--exclude-resource-types", "unit_test"),
                    *chosen,
                    *variables(self._settings),
                ]
            )
        transform.keep_account(done)
        if done.result is not None:
            traces.record_nodes(getattr(done.result, "results", None))
        return done

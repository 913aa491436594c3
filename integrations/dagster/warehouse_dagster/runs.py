"""Every model and seed of dbt as an asset; `warehouse run`, with its gate, makes them all.

Source: dbt's manifest, which `warehouse dbt parse` writes into the state folder.
Shape:  assets by schema and name, and `landed`, what has landed and passed the quality gate.
Units:  seconds; counts of loads, records and ledger entries.
Errors: dagster.Failure with the run's sentences. What was built before is published.
"""

# no `from __future__ import annotations`: Dagster reads the annotations of a step
import json
import time
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    build_dbt_asset_specs,
)

from warehouse_dagster import pulls
from warehouse_dagster.commands import HOME, Ended, Event, call

TARGET = HOME / "dbt" / "target"
LANDED = dg.AssetKey("landed")
GATE = "quality_gate"
BUILT = ("success", "warn")


class Translator(DagsterDbtTranslator):
    """Names of assets: all tables of `raw` are one, because each pull writes to all."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """Return the key of a model, a seed or a source."""
        if dbt_resource_props["resource_type"] == "source":
            return LANDED
        return super().get_asset_key(dbt_resource_props)

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """Return the folder: that of a mart is its subject."""
        _, *folders, _ = dbt_resource_props["fqn"]
        return folders[-1] if folders else str(dbt_resource_props["resource_type"]) + "s"


def _manifest() -> Mapping[str, Any]:
    file = TARGET / "manifest.json"
    if not file.exists():
        raise dg.DagsterInvalidDefinitionError(
            f"There is no {file}; write it with `.venv/bin/warehouse dbt parse`."
        )
    told: Mapping[str, Any] = json.loads(file.read_text("utf-8"))
    return told


def _models() -> list[dg.AssetSpec]:
    """Return models and seeds, each after those that it reads, as Dagster wants them made."""
    specs = build_dbt_asset_specs(
        manifest=_manifest(),
        dagster_dbt_translator=Translator(
            DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True)
        ),
    )
    by_key = {spec.key: spec for spec in specs}
    read = {spec.key: [dependency.asset_key for dependency in spec.deps] for spec in specs}
    return [by_key[key] for key in TopologicalSorter(read).static_order() if key in by_key]


MODELS = _models()


@dg.multi_asset(
    name="warehouse_run",
    specs=[
        dg.AssetSpec(
            LANDED,
            group_name="raw",
            description="What has landed, by pulls or else, and passed the quality gate.",
            deps=pulls.SPECS,
        ),
        *MODELS,
    ],
    check_specs=[
        dg.AssetCheckSpec(
            GATE, asset=LANDED, description="The gate holds no workspace's loads back."
        )
    ],
    can_subset=False,  # a run decides itself what has news
)
def warehouse_run(
    context: dg.AssetExecutionContext,
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Run the warehouse; after a failure, report only the models that are up to date."""
    began = time.time()
    ended = call(context, "run")
    told = ended.last("run_ended")
    if told is None:
        raise dg.Failure(ended.problem, allow_retries=False)
    for warning in told["warnings"]:
        context.log.warning(f"{warning['name']}: {warning['message']}")
    yield _judged(told)
    accounts = _accounts(began)
    if told["is_successful"] or accounts:
        yield dg.MaterializeResult(asset_key=LANDED, metadata=_figures(told))
        yield from _made(accounts)
    if not told["is_successful"]:
        raise dg.Failure(_sentences(ended, told), allow_retries=False)


def _made(accounts: dict[str, Event]) -> Iterator[dg.MaterializeResult]:
    """Yield what is up to date: built, or without news, and so is everything that it reads."""
    made = {LANDED}
    for spec in MODELS:
        account = accounts.get(spec.metadata["dagster_dbt/unique_id"], {})
        is_built = account.get("status", "success") in BUILT
        if is_built and made.issuperset(dependency.asset_key for dependency in spec.deps):
            made.add(spec.key)
            metadata = {"seconds": account["execution_time"]} if account else {}
            yield dg.MaterializeResult(asset_key=spec.key, metadata=metadata)


def _judged(told: Event) -> dg.AssetCheckResult:
    """Return the gate's verdict: a warning where other workspaces could go on."""
    return dg.AssetCheckResult(
        asset_key=LANDED,
        check_name=GATE,
        passed=not told["held"],
        severity=dg.AssetCheckSeverity.ERROR if told["is_held"] else dg.AssetCheckSeverity.WARN,
        metadata={"held workspaces": told["held"]},
    )


def _figures(told: Event) -> dict[str, Any]:
    """Return what a run used and posted."""
    return {
        "run": told["run_seq"] if told["run_seq"] is not None else "nothing was new",
        "loads": told["load_count"],
        "records": told["record_count"],
        "records rejected": told["rejected_count"],
        "entries posted": told["posted_count"],
        "entries reversed": told["reversed_count"],
        "seconds": told["seconds"],
    }


def _accounts(began: float) -> dict[str, Event]:
    """Return dbt's account of each node that this run built."""
    file = TARGET / "run_results.json"
    if not file.exists() or file.stat().st_mtime < began:  # it had nothing to build
        return {}
    results = json.loads(file.read_text("utf-8"))["results"]
    return {each["unique_id"]: each for each in results}


def _sentences(ended: Ended, told: Event) -> str:
    """Return why a run failed."""
    said = [f"{each['name']}: {each['message']}" for each in told["failures"]]
    return "\n".join(said) or ended.problem

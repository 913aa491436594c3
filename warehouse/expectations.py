"""Great Expectations on the measures of loads that wait: one query asset per platform.

Source: the query of landing_measures.sql, in its own read-only session. Libpq takes the
        login from the environment, so that Great Expectations is never told a password.
Shape:  one `Batch` per platform in, its rows that do not meet expectations and its page out.
Errors: WarehouseError where a check could not be made: what is not checked does not pass.

Importing this module takes seconds, so only a run in which a measure reaches a threshold does.
"""

from __future__ import annotations

import logging
import os
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

os.environ["GX_ANALYTICS_ENABLED"] = "false"  # before the import, which reads it

from warehouse.first_use import loaded_when_used, not_found

# needed by expectations that are not ours; its part for Spark may end the process
with loaded_when_used("altair", "scipy.special", "scipy.stats"), not_found("pyspark"):
    import great_expectations as gx
    from great_expectations.core.run_identifier import RunIdentifier
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )
    from great_expectations.datasource.fluent.interfaces import GxDatasourceWarning
    from great_expectations.exceptions.exceptions import GreatExpectationsError
    from great_expectations.expectations.core.expect_column_values_to_be_between import (
        ExpectColumnValuesToBeBetween,
    )
    from great_expectations.expectations.metadata_types import FailureSeverity
    from great_expectations.expectations.row_conditions import Column
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
    from great_expectations.render.view.view import DefaultJinjaSectionView
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import Pool

from warehouse.connection import Target
from warehouse.errors import WarehouseError
from warehouse.thresholds import MEASURES, Batch, Checked, Threshold
from warehouse.transform import environment

KEY = ("workspace_id", "format")
READ_ONLY = "-c default_transaction_read_only=on"
LONGEST_CAUSE = 300
_OF_DATABASE = re.compile(r"\(psycopg2\.[\w.]+\) (.*?)(?:\[SQL:|\Z)", re.DOTALL)
RESULTS = {
    "result_format": "COMPLETE",
    "unexpected_index_column_names": list(KEY),
    "return_unexpected_index_query": False,
}


def _context() -> Any:
    """A context that lives in memory, writes nothing and shows no progress of its own."""
    return gx.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
            progress_bars=ProgressBarsConfig(globally=False, metric_calculations=False),
            analytics_enabled=False,
        ),
    )


def check(target: Target, batches: Sequence[Batch], at: datetime) -> list[Checked]:
    """Check all batches; `at` is the time that results carry."""
    for name in ("great_expectations", "sqlalchemy.pool"):  # they log whole tracebacks
        logging.getLogger(name).setLevel(logging.CRITICAL)
    options = " ".join(filter(None, [target.options, READ_ONLY]))
    with (
        environment(replace(target, options=options)),
        _no_session_stays_open(),
        warnings.catch_warnings(),
    ):
        # its class for PostgreSQL wants the address and the user in a URL
        warnings.simplefilter("ignore", GxDatasourceWarning)
        try:
            results = _results(batches, at)
        except (GreatExpectationsError, SQLAlchemyError, ConnectionError) as error:
            raise _unchecked("what landed", str(error.__cause__ or error)) from error
    return [_checked(batch, results[batch.platform]) for batch in batches]


def _checked(batch: Batch, result: Any) -> Checked:
    said = result.statistics
    return Checked(
        batch.platform,
        list(_reached(batch, result)),
        said["evaluated_expectations"],
        said["unsuccessful_expectations"],
        list(_sections(result)),
    )


def _sections(result: Any) -> Iterator[str]:
    """What Great Expectations says of each measure, without its pages' links and pictures."""
    document = ValidationResultsPageRenderer().render(result).to_json_dict()
    sections = {section["section_name"]: section for section in document["sections"]}
    view: Any = DefaultJinjaSectionView()
    for number, measure in enumerate(name for name in MEASURES if name in sections):
        yield view.render({"section": sections[measure], "section_loop": {"index": number}})


def _results(batches: Sequence[Batch], at: datetime) -> dict[str, Any]:
    """By platform, what Great Expectations says."""
    context = _context()
    source = context.data_sources.add_sql(
        name="raw", connection_string="postgresql+psycopg2://"
    )
    definitions = [_definition(context, source, batch) for batch in batches]
    checkpoint = gx.Checkpoint(
        name="landing", validation_definitions=definitions, result_format=RESULTS
    )
    done = context.checkpoints.add(checkpoint).run(
        run_id=RunIdentifier(run_name="landing", run_time=at)
    )
    return {result.suite_name: result for result in done.run_results.values()}


@contextmanager
def _no_session_stays_open() -> Iterator[None]:
    """Close what was opened meanwhile: the engines are Great Expectations' own, in pools."""
    opened: list[Any] = []

    def remember(connection: Any, _: Any) -> None:
        opened.append(connection)

    event.listen(Pool, "connect", remember)
    try:
        yield
    finally:
        event.remove(Pool, "connect", remember)
        for connection in opened:
            with suppress(Exception):  # of any driver: the server may be gone
                connection.close()


def _definition(context: Any, source: Any, batch: Batch) -> Any:
    asset = source.add_query_asset(batch.platform, query=batch.query)
    suite = gx.ExpectationSuite(name=batch.platform)
    for number, threshold in enumerate(batch.thresholds):
        suite.add_expectation(
            ExpectColumnValuesToBeBetween(
                column=threshold.measure,
                max_value=threshold.threshold,
                strict_max=True,
                row_condition=Column(MEASURES[threshold.measure].size) >= threshold.minimum,
                severity=FailureSeverity(threshold.severity),
                description=threshold.description,
                meta={"number": number},
            )
        )
    return context.validation_definitions.add(
        gx.ValidationDefinition(
            name=batch.platform,
            data=asset.add_batch_definition_whole_table("waiting"),
            suite=context.suites.add(suite),
        )
    )


def _reached(batch: Batch, result: Any) -> Iterator[tuple[Threshold, tuple[str, str]]]:
    for item in result.results:
        if said := _exception(item.exception_info or {}):
            raise _unchecked(batch.platform, said)
        threshold = batch.thresholds[item.expectation_config.meta["number"]]
        for row in item.result.get("unexpected_index_list") or []:
            yield threshold, (row["workspace_id"], row["format"])


def _unchecked(subject: str, said: str) -> WarehouseError:
    """What to say where a check failed: the database's own words, without where in Python."""
    found = _OF_DATABASE.search(said)
    words = found[1] if found else said.partition("Traceback")[0]
    cause = " ".join(words.split())[:LONGEST_CAUSE] or "it did not say why"
    return WarehouseError(
        f"The quality gate could not check {subject} ({cause}); nothing was published. "
        "Correct that, then run again."
    )


def _exception(info: dict[str, Any]) -> str | None:
    """What went wrong within a check; some versions say it by metric."""
    if "raised_exception" in info:
        info = {"check": info}
    for said in info.values():
        if said.get("raised_exception"):
            return str(said.get("exception_message") or "without saying why")
    return None

"""Figures for Prometheus at /metrics.

Source: the requests of this process; runs and rejects of the database.
Shape:  Prometheus' text format. While the database does not answer, its figures are left out
        and warehouse_database_up is 0.
Units:  seconds; labels are routes with their placeholders, never what a client made up.
Errors: none.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
from fastapi import APIRouter, Depends
from fastapi.responses import Response
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from warehouse.web.access import Access
from warehouse.web.databases import Database
from warehouse.web.problems import ProblemError
from warehouse.web.standing import Watch

OPEN_REJECTS = (
    "select reason, count(*) from raw.rejects where replay_load_id is null group by reason"
)
WAITING = (
    "select count(*), coalesce(extract(epoch from now() - min(received_at)), 0)::float8"
    " from raw.loads where run_seq is null and committed_at is not null"
)
# a second series of each, which nobody asks for
disable_created_metrics()  # type: ignore[no-untyped-call]

SECONDS = (0.005, 0.01, 0.03, 0.1, 0.3, 1, 5)


class Metrics:
    """The figures of one server."""

    def __init__(self, database: Database, watch: Watch) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "warehouse_http_requests",
            "Requests by route and status.",
            ["route", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "warehouse_http_request_seconds",
            "Seconds from a request to the end of its answer, by route.",
            ["route"],
            buckets=SECONDS,
            registry=self._registry,
        )
        self._registry.register(_Warehouse(database, watch))

    def register(self, collector: Collector) -> None:
        """Show the figures of another part of the server, too."""
        self._registry.register(collector)

    def count(self, route: str, status: int, seconds: float) -> None:
        """Count a request; status 0 is a client that left before the answer."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def router(self, access: Access) -> APIRouter:
        """Return the route of the figures."""
        router = APIRouter(
            include_in_schema=False, dependencies=[Depends(access.reader_of_all)]
        )

        @router.get("/metrics")
        def _metrics() -> Response:
            headers = {"Cache-Control": "no-store"}
            text = generate_latest(self._registry)
            return Response(text, headers=headers, media_type=CONTENT_TYPE_LATEST)

        return router


class _Warehouse(Collector):
    """Figures that are looked up when they are asked for."""

    def __init__(self, database: Database, watch: Watch) -> None:
        self._database, self._watch = database, watch

    def describe(self) -> list[Metric]:
        """Return nothing, so that registering asks for nothing."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield the figures of the database."""
        up = GaugeMetricFamily("warehouse_database_up", "Whether the database answers.")
        try:
            figures = list(self._figures())
        except (ProblemError, psycopg.Error):
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield from figures

    def _figures(self) -> Iterator[Metric]:
        standing = self._watch.look()
        now = datetime.now(UTC)
        if standing.published_at is not None:
            yield GaugeMetricFamily(
                "warehouse_marts_age_seconds",
                "Seconds since the last successful run ended.",
                (now - standing.published_at).total_seconds(),
            )
        if standing.run_seq is not None:
            yield GaugeMetricFamily(
                "warehouse_last_run", "Number of the last run.", standing.run_seq
            )
            yield GaugeMetricFamily(
                "warehouse_last_run_finished",
                "Whether the last run has ended.",
                standing.finished_at is not None,
            )
            yield GaugeMetricFamily(
                "warehouse_last_run_successful",
                "Whether the last run has ended well.",
                bool(standing.is_successful),
            )
        rejects = GaugeMetricFamily(
            "warehouse_open_rejects", "Records that could not be loaded.", labels=["reason"]
        )
        with self._database.owner() as session:
            for reason, count in session.execute(OPEN_REJECTS):
                rejects.add_metric([reason], count)
            waiting = session.execute(WAITING).fetchone()
        yield rejects
        assert waiting is not None
        yield GaugeMetricFamily(
            "warehouse_waiting_loads", "Loads that no run has used yet.", waiting[0]
        )
        yield GaugeMetricFamily(
            "warehouse_marts_lag_seconds",
            "Age of the oldest load that no run has used yet; 0 where there is none.",
            waiting[1],
        )

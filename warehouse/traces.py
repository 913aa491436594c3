"""Traces for OpenTelemetry, where the environment names a collector and the extra is installed.

Source: the environment variables of OpenTelemetry, above all OTEL_EXPORTER_OTLP_ENDPOINT.
Shape:  spans load, gate, run, model and request, sent as OTLP over HTTP. Their attributes are
        workspace, platform, names of our own, and counts: never a person, a text or a file.
Units:  nanoseconds since 1970.
Errors: none. A collector that is away is the exporter's warning; no command waits for it.

Without a collector nothing is imported.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from importlib.metadata import version
from typing import Any

Value = str | bool | int | float
Attributes = Mapping[str, Value | None]

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
DISABLED = "OTEL_SDK_DISABLED"
SERVICE = "engagement-warehouse"
PREFIX = "warehouse."  # of attributes

_logger = logging.getLogger(__name__)


def is_wanted() -> bool:
    """Whether the environment names a collector."""
    is_off = os.environ.get(DISABLED, "").lower() == "true"
    return not is_off and any(os.environ.get(name) for name in ENDPOINTS)


@contextmanager
def span(name: str, **attributes: Value | None) -> Iterator[Callable[[Attributes], None]]:
    """Trace what happens inside; yield what adds attributes that are known later.

    An exception that leaves it makes the span an error, by its type alone.
    """
    tracer = _tracer() if is_wanted() else None
    if tracer is None:
        yield _ignore
        return
    with tracer.start_as_current_span(
        name,
        attributes=_known(attributes),
        record_exception=False,  # its sentence may name somebody
        set_status_on_exception=False,
    ) as opened:
        try:
            yield lambda more: opened.set_attributes(_known(more))
        except BaseException as error:
            _fail(opened, type(error).__name__)
            raise


def record(
    name: str, begun: int, ended: int, *, error: str | None = None, **attributes: Value | None
) -> None:
    """Trace what has happened, as a part of the current span."""
    tracer = _tracer() if is_wanted() else None
    if tracer is None:
        return
    done = tracer.start_span(name, start_time=begun, attributes=_known(attributes))
    if error is not None:
        _fail(done, error)
    done.end(ended)


def record_nodes(nodes: object) -> None:
    """Trace what dbt built: a span per node that did something."""
    if not is_wanted() or not isinstance(nodes, list):
        return
    for node in nodes:
        times = {each.name: (each.started_at, each.completed_at) for each in node.timing}
        begun, ended = times.get("execute", (None, None))
        if begun is not None and ended is not None:
            record(
                "model",
                _nanoseconds(begun),
                _nanoseconds(ended),
                error="failed" if str(node.status) in ("error", "fail") else None,
                model=node.node.name,
                resource_type=str(node.node.resource_type),
                status=str(node.status),
            )


def now() -> int:
    """Return the time, as `record` takes it."""
    return time.time_ns()


@cache
def _tracer() -> Any:
    """Return what makes spans; null without the extra, which is said once."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError:
        _logger.warning(
            "The environment names an OpenTelemetry collector, but the extra `otel` is not "
            "installed, so nothing is traced; `.venv/bin/pip install -e '.[otel]'` installs it."
        )
        return None
    told = {"service.name": SERVICE, "service.version": version(SERVICE)}
    given = os.environ.get("OTEL_SERVICE_NAME")
    resource = Resource.create(told | ({"service.name": given} if given else {}))
    provider = TracerProvider(resource=resource)  # at the end of the process it sends the rest
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider.get_tracer(SERVICE)


def _fail(opened: Any, reason: str) -> None:
    from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415 (only where traced)

    opened.set_status(Status(StatusCode.ERROR, reason))


def _known(attributes: Attributes) -> dict[str, Value]:
    return {PREFIX + name: each for name, each in attributes.items() if each is not None}


def _ignore(_: Attributes) -> None:
    """Do nothing."""


def _nanoseconds(instant: datetime) -> int:
    return int(instant.timestamp() * 1_000_000) * 1_000

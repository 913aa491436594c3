"""Traces reach a collector that the environment names, and name nobody."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from command_line import Console, process
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from warehouse import traces
from warehouse.connection import Target

PERSON = "wanda.personal"
TOKENS = ("otel_user_text", PERSON)


class Collector:
    """A collector of OTLP over HTTP, and the spans that it has got."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.services: set[str] = set()
        self.bodies: list[bytes] = []
        self.port = 0

    def take(self, body: bytes) -> None:
        """Keep what a request says."""
        said = ExportTraceServiceRequest.FromString(body)
        self.bodies.append(body)
        for resource in said.resource_spans:
            told = {each.key: each.value.string_value for each in resource.resource.attributes}
            self.services.add(told["service.name"])
            for scope in resource.scope_spans:
                self.spans += scope.spans

    def named(self, name: str) -> list[dict[str, Any]]:
        """Return the attributes of the spans of a name."""
        return [
            {
                each.key.removeprefix(traces.PREFIX): getattr(
                    each.value, str(each.value.WhichOneof("value"))
                )
                for each in span.attributes
            }
            for span in self.spans
            if span.name == name
        ]


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """A collector that the environment names."""
    with collecting() as found:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{found.port}")
        yield found


@contextmanager
def collecting() -> Iterator[Collector]:
    """Run a collector."""
    found = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Take spans."""
            assert self.path == "/v1/traces"
            assert self.headers["Content-Type"] == "application/x-protobuf"
            found.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def finished(target: Target, *arguments: str) -> None:
    """Run a command in a process of its own, whose end sends what is left."""
    running = process(target, *arguments)
    said, problems = running.communicate(timeout=300)
    assert running.returncode in (0, 4), (said, problems)


def test_a_load_and_a_run_are_traced_without_a_person(
    warehouse: Console, target: Target, collector: Collector, tmp_path: Path
) -> None:
    assert warehouse
    like = {
        "record": "interaction",
        "platform": "web",
        "id": "traced",
        "type": "comment",
        "actor_id": PERSON,
        "text": TOKENS[0],
        "occurred_at": "2026-03-01T10:00:00Z",
    }
    (tmp_path / f"{PERSON}.ndjson").write_text(json.dumps(like) + "\n")
    finished(target, "load", str(tmp_path), "--workspace", "traced")
    finished(target, "run", "--accept")
    assert collector.services == {traces.SERVICE}
    (load,) = collector.named("load")
    assert (load["workspace"], load["platform"]) == ("traced", "generic")
    assert (load["record_count"], load["is_new"]) == (1, True)
    (run,) = collector.named("run")
    assert (run["is_successful"], run["load_count"]) == (True, 1)
    (gate,) = collector.named("gate")
    assert "problem_count" in gate
    models = {each["model"]: each for each in collector.named("model")}
    assert models["interaction_ledger"]["resource_type"] == "model"
    by_name = {span.name: span for span in collector.spans}
    parents = {span.parent_span_id for span in collector.spans if span.name == "model"}
    assert parents == {by_name["run"].span_id} == {by_name["gate"].parent_span_id}
    assert all(span.start_time_unix_nano < span.end_time_unix_nano for span in by_name.values())
    for word in TOKENS:
        assert not any(word.encode() in body for body in collector.bodies)


def test_requests_are_traced_by_route(
    warehouse: Console, target: Target, collector: Collector
) -> None:
    assert warehouse("run").code == 0
    running = process(target, "serve", "--port", "0")
    try:
        assert running.stdout is not None
        address = running.stdout.readline().split()[1]
        with httpx.Client(base_url=address, trust_env=False) as client:
            assert client.get("/docs").status_code == 200
            client.get(f"/analytics/search?q={PERSON}&workspace={PERSON}")
            client.get(f"/nowhere/{PERSON}")
        running.terminate()
        running.communicate(timeout=60)
    finally:
        running.kill()
        running.communicate()
    requests = {each["route"]: each for each in collector.named("request")}
    assert requests["/docs"]["status"] == 200
    assert {each["method"] for each in requests.values()} == {"GET"}
    assert not any("workspace" in each for each in requests.values())
    assert not any(PERSON.encode() in body for body in collector.bodies)


def test_a_failure_is_an_error_by_its_kind_alone(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracer = traces._tracer.__wrapped__()
    monkeypatch.setattr(traces, "_tracer", lambda: tracer)
    with pytest.raises(KeyError), traces.span("gate"):
        raise KeyError(PERSON)
    tracer.span_processor.force_flush()
    (span,) = collector.spans
    assert (span.status.code, span.status.message) == (Status.STATUS_CODE_ERROR, "KeyError")
    assert PERSON.encode() not in collector.bodies[0]


@pytest.mark.parametrize(
    ("environment", "missing", "said"),
    [
        ({}, "", ""),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, "", ""),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"},
            "",
            "",
        ),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"},
            "opentelemetry.sdk.trace",
            "the extra `otel` is not installed",
        ),
    ],
    ids=["no collector", "an empty name", "disabled", "no extra"],
)
def test_without_collector_or_extra_nothing_changes(
    environment: dict[str, str], missing: str, said: str
) -> None:
    """Nothing is imported, nothing fails, and what is missing is said once."""
    code = (
        "import sys, logging; logging.basicConfig()\n"
        f"sys.modules.update(dict.fromkeys({missing.split()!r}))\n"
        "from warehouse import traces\n"
        "for _ in range(2):\n"
        "    with traces.span('run', is_rebuild=True) as told: told({'run_seq': 1})\n"
        "    traces.record('model', 1, 2, model='m')\n"
        "loaded = [name for name in sys.modules if name.startswith('opentelemetry.sdk')]\n"
        "assert len(loaded) <= 1 + bool(sys.argv[1:]) * 99, loaded\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *missing.split()],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={
            **{name: each for name, each in os.environ.items() if not name.startswith("OTEL_")},
            **environment,
        },
    )
    assert done.stderr.count("OpenTelemetry") == bool(said)
    assert said in done.stderr

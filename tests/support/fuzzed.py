"""Whatever may be asked of a server: what OpenAPI allows and forbids, pages with odd words.

Source: the specification of a running server; the pages.
Shape:  each function asks and returns how many requests it sent.
Errors: AssertionError, or schemathesis' own, for an answer that may not be.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import httpx
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks

MODES = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
RECEIVED = (  # a bad item or body of a platform is answered 200, which no schema can say
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
)
ODD = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "' or '1'='1",
            "%",
            "_",
            "\\",
            "-rank",
            "rank",
            "../..",
            "<b>",
            "\u202e",
            "0",
            "x" * 501,
        ]
    ),
    st.uuids().map(str),
    st.integers().map(str),
)


def limited(count: int) -> Callable[[Any], Any]:
    """Return how hypothesis makes so many examples, always the same ones."""
    return settings(
        max_examples=count,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )


def ask_everything(url: str, specification: dict[str, Any], count: int) -> int:
    """Ask every operation so often in each mode; each answer has to be as specified."""
    operations = schemathesis.openapi.from_dict(specification).get_all_operations()
    sent = 0
    for found in operations:
        assert isinstance(found, Ok)
        for mode in MODES:
            sent += _ask(found.ok(), url, mode, count)
    return sent


def _ask(operation: Any, url: str, mode: Any, count: int) -> int:
    sent = 0

    @limited(count)
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case: Any) -> None:
        nonlocal sent
        sent += 1
        answer = case.call(base_url=url)
        if answer.status_code == 414:  # an address of more than 8 KiB
            return
        if operation.method == "post":
            case.validate_response(answer, checks=list(RECEIVED))
        else:  # only a cursor that an answer gave is accepted, which no schema can say
            case.validate_response(answer, excluded_checks=[checks.positive_data_acceptance])

    with suppress(Unsatisfiable):  # of an operation that takes any body nothing is forbidden
        run()
    return sent


def ask_pages(client: httpx.Client, paths: list[str], names: list[str], count: int) -> int:
    """Ask pages so often with any words in any parameters; no answer is a fault."""
    sent = 0

    @limited(count)
    @given(
        path=st.sampled_from(paths),
        place=ODD,
        given_values=st.dictionaries(st.sampled_from(names), ODD, max_size=4),
    )
    def run(path: str, place: str, given_values: dict[str, str]) -> None:
        nonlocal sent
        sent += 1
        parts = [place if part == "{id}" else part for part in path.split("/")]
        # quoted: the client itself refuses some letters; dots and slashes stay as they are
        address = quote("/".join(["/analytics", *parts]).rstrip("/"))
        answer = client.get(address, params=given_values)
        assert answer.status_code in (200, 303, 307, 401, 403, 404, 414, 421, 422), address
        assert "Traceback" not in answer.text

    run()
    return sent

"""The examples of the API's documentation, written again.

Source: the demo, which `warehouse demo` has built, through `warehouse serve`.
Shape:  `python tests/support/api_examples.py` writes warehouse/web/examples.json: a request and
        its answer, by the path of the resource.
Errors: AssertionError where a request gets no answer.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
import msgspec

from warehouse.web.documentation import EXAMPLES, Example
from warehouse.web.resources import BASE, ITEMS, LISTS

LIMITS = {"content": 1, "issues": 1, "communities": 1, "product/posts": 1}
ABOUT = {
    "content/{id}": ("content", "content_id"),
    "participants/{id}/context": ("alerts", "follower_id"),
}
LEADER = ("followers/leaderboard", "follower_id")


@contextmanager
def demo_server(variables: Mapping[str, str]) -> Iterator[str]:
    """Serve the demo in a process with these variables; yield the address."""
    command = [sys.executable, "-m", "warehouse", "serve", "--demo", "--port", "0"]
    with subprocess.Popen(
        command, env=dict(variables), stdout=subprocess.PIPE, text=True
    ) as run:
        try:
            assert run.stdout is not None
            said = re.match(r"Serving (\S+)", run.stdout.readline())
            assert said is not None
            yield said[1]
        finally:
            run.send_signal(signal.SIGTERM)
            assert run.wait(30) == 0


def made(address: str) -> dict[str, Example]:
    """Return the examples that a server of the demo gives."""
    with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:

        def answer(request: str) -> dict[str, Any]:
            said = client.get(request)
            assert said.status_code == 200, said.text
            found: dict[str, Any] = said.json()
            return found

        found = {}
        for resource in (*LISTS, *ITEMS):
            path, key = ABOUT.get(resource.path, LEADER)
            request = f"{BASE}/{resource.path}"
            if "{id}" in request:
                first = answer(f"{BASE}/{path}?limit=1")["items"][0]
                request = request.replace("{id}", first[key])
            if resource in LISTS:
                request += f"?limit={LIMITS.get(resource.path, 2)}"
            found[resource.path] = Example(request, answer(request))
        return found


def main() -> None:
    """Write the examples of the demo in the state folder in use."""
    with demo_server(os.environ) as address:
        examples = msgspec.json.encode(made(address))
    EXAMPLES.write_bytes(msgspec.json.format(examples) + b"\n")


if __name__ == "__main__":
    main()

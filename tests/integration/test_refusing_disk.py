"""A disk that takes nothing: 503 with a sentence over HTTP, and nothing is half accepted."""

from __future__ import annotations

import errno
import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from receiving_server import SECRET, receiving
from spool_process import recorded

BATCH = 5


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[httpx.Client]:
    with receiving(home) as url, httpx.Client(base_url=url, trust_env=False) as opened:
        yield opened


def tracked(client: httpx.Client, name: str) -> httpx.Response:
    items = [
        {"interaction_type": "view", "post_id": "p", "event_id": f"{name} {number}"}
        for number in range(BATCH)
    ]
    return client.post("/api/track?workspace=acme", json={"interactions": items})


def pushed(client: httpx.Client, name: str) -> httpx.Response:
    body = json.dumps(
        {"record": "interaction", "platform": "forum", "id": name, "type": "like"}
    ).encode()
    proof = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return client.post(
        "/api/webhooks/generic/acme",
        content=body,
        headers={"x-signature-256": f"sha256={proof}"},
    )


def failing(call: str, number: int) -> Any:
    """Return a call of the system that fails; a file is opened unless it is a segment."""
    works = getattr(os, call)

    def fail(first: object, *more: object, **named: object) -> Any:
        if call == "open" and not str(first).endswith(".segment"):
            return works(first, *more, **named)
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize("send", [tracked, pushed])
@pytest.mark.parametrize(
    ("call", "number"),
    [
        ("write", errno.ENOSPC),
        ("write", errno.EDQUOT),
        ("fdatasync", errno.EIO),
        ("open", errno.EROFS),
        ("open", errno.EMFILE),
    ],
)
def test_nothing_is_half_accepted(
    client: httpx.Client, home: Path, send: Any, call: str, number: int
) -> None:
    name = f"{send.__name__} {call} {number}"
    assert send(client, f"before {name}").status_code == 200
    before = recorded(home / "spool")
    for failed in ("fdatasync", call):  # the first closes the segment: another has to be opened
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, failed, failing(failed, number))
            answer = send(client, f"refused {name}")
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["retry-after"]
        assert "took nothing" in answer.json()["detail"]
        assert recorded(home / "spool") == before
    assert send(client, f"after {name}").status_code == 200  # the disk has recovered
    after = recorded(home / "spool")
    assert after[:-1] == before and b"after" in after[-1]

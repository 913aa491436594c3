"""Webhooks: what platforms sign lands once, and what they did not sign leaves no trace."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from direct_landing import stored
from fastapi import FastAPI
from platform_files import FIXTURES
from spool_process import recorded
from tracking_server import Server

from warehouse.connection import Target
from warehouse.errors import WarehouseError
from warehouse.spool import Limits, Spool
from warehouse.web import problems
from warehouse.web.shared_secrets import FILE, SharedSecrets
from warehouse.web.webhooks import router
from warehouse.web.webhooks.signing import MAX_AGE, WEBHOOKS, Signing, is_signed, is_stale

SECRET = "it is a secret"
SECRETS = "\n".join(
    f"{name} = {{secret = {json.dumps(SECRET)}, verify_token = 'verify me'}}"
    for name in WEBHOOKS
)
SOON = Limits(segment_seconds=0.05)
PATIENCE = 20.0
POSTHOG = {
    "event": "post_liked",
    "uuid": "01890a5d-ac96-774b-bcce-b302099a8057",
    "distinct_id": "u1",
    "timestamp": "2026-06-07T10:00:00Z",
    "properties": {"$current_url": "https://shop.example/feed"},
}


def first_line(name: str) -> bytes:
    """Return the first record of a fixture."""
    return (FIXTURES / name).read_bytes().splitlines()[0]


def linear(at: float | None = None) -> bytes:
    """Return a body of Linear that was signed at some time, now by default."""
    body = json.loads((FIXTURES / "linear/valid/webhooks.json").read_bytes())
    told = body[0] if isinstance(body, list) else body
    return json.dumps(told | {"webhookTimestamp": round((at or time.time()) * 1000)}).encode()


BODIES: dict[str, Callable[[], bytes]] = {
    "facebook": lambda: first_line("facebook/valid/bodies.ndjson"),
    "instagram": lambda: first_line("instagram/valid/webhook.ndjson"),
    "linear": linear,
    "telegram": lambda: first_line("telegram/valid/bot_updates.ndjson"),
    "segment": lambda: first_line("product/valid/segment.ndjson"),
    "rudderstack": lambda: first_line("product/valid/segment.ndjson"),
    "posthog": lambda: json.dumps(POSTHOG).encode(),
    "generic": (FIXTURES / "generic/valid/every_record.ndjson").read_bytes,
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("home")
    (made / FILE).write_text(f"[acme]\n{SECRETS}\n[other]\nlinear = ['unused', 'another']\n")
    (made / FILE).chmod(0o600)
    return made


@pytest.fixture(scope="module")
def server(home: Path, target: Target) -> Iterator[Server]:
    with Server(home, SOON, target.dbname) as started:
        yield started


def proof(signing: Signing, body: bytes, secret: str = SECRET) -> dict[str, str]:
    """Return the header of a signature, made independently of the module."""
    if signing.digest is None:
        return {signing.header: secret}
    made = hmac.new(secret.encode(), body, getattr(hashlib, signing.digest)).hexdigest()
    return {signing.header: signing.prefix + made}


def deliver(
    server: Server, name: str, body: bytes, headers: dict[str, str], workspace: str = "acme"
) -> httpx.Response:
    """Post a webhook."""
    return server.post(f"/api/webhooks/{name}/{workspace}", content=body, headers=headers)


def landed(session: psycopg.Connection, home: Path, workspace: str = "acme") -> dict[str, int]:
    """Return what a workspace has, once nothing waits any more."""
    deadline = time.monotonic() + PATIENCE
    while recorded(home / "spool"):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return stored(session, workspace)


@pytest.mark.parametrize("name", WEBHOOKS)
def test_what_a_platform_signed_lands_once(
    server: Server, session: psycopg.Connection, home: Path, name: str
) -> None:
    webhook, body = WEBHOOKS[name], BODIES[name]()
    before = landed(session, home).get("loads", 0)
    for signing in webhook.signings:
        answer = deliver(server, name, body, proof(signing, body))
        assert (answer.status_code, answer.content) == (200, b"")
    after = landed(session, home)
    is_repeat = name == "rudderstack"  # the same body as Segment's
    assert after["loads"] == before + (not is_repeat)
    load = session.execute(
        "select platform, format, n_in > 0, n_rejected from raw.loads"
        " where workspace_id = 'acme' order by load_id desc limit 1"
    ).fetchone()
    assert load == (webhook.platform, webhook.format, True, 0)
    for signing in webhook.signings:  # again: answered, and adds nothing
        assert deliver(server, name, body, proof(signing, body)).status_code == 200
    assert landed(session, home) == after


@pytest.mark.parametrize("name", WEBHOOKS)
def test_what_nobody_signed_leaves_no_trace(
    server: Server, session: psycopg.Connection, home: Path, name: str
) -> None:
    body = BODIES[name]()
    before = landed(session, home)
    for signing in WEBHOOKS[name].signings:
        right = proof(signing, body)
        wrong = [
            {},
            {signing.header: ""},
            {signing.header: "sha256="},
            {signing.header: "é" * 64},
            proof(signing, body, SECRET + "x"),
            {header: value[:-1] for header, value in right.items()},
            {"x-other": right[signing.header]},
        ]
        if signing.digest is not None:
            wrong.append(proof(signing, body + b" "))
        for headers in wrong:
            encoded = {key: value.encode() for key, value in headers.items()}
            answer = deliver(server, name, body, encoded)  # type: ignore[arg-type]
            assert answer.status_code == 401, headers
        assert deliver(server, name, body, right, "elsewhere").status_code == 401
    assert landed(session, home) == before
    assert landed(session, home, "elsewhere") == {}


def test_a_stale_time_is_refused_like_a_wrong_signature(
    server: Server, session: psycopg.Connection, home: Path
) -> None:
    before = landed(session, home)
    (signing,) = WEBHOOKS["linear"].signings
    for away in (-MAX_AGE - 5, MAX_AGE + 5):
        body = linear(time.time() + away)
        assert deliver(server, "linear", body, proof(signing, body)).status_code == 401
    assert landed(session, home) == before


def test_the_age_is_a_minute_either_way() -> None:
    webhook = WEBHOOKS["linear"]
    for away in (-60, -59.9, 0, 60):
        assert not is_stale(webhook, linear(1_000_000 + away), 1_000_000), away
    for away in (-60.1, 60.1):
        assert is_stale(webhook, linear(1_000_000 + away), 1_000_000), away
    for body in (
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"webhookTimestamp": "x"}',
        b'{"webhookTimestamp": null}',
    ):
        assert not is_stale(webhook, body, 1_000_000)


@pytest.mark.parametrize("name", WEBHOOKS)
def test_what_cannot_be_read_is_answered_and_rejected(
    server: Server, session: psycopg.Connection, home: Path, name: str
) -> None:
    body = b'{"nothing": "that %s knows"}' % name.encode()
    before = landed(session, home).get("rejects", 0)
    signing = WEBHOOKS[name].signings[0]
    assert deliver(server, name, body, proof(signing, body)).status_code == 200
    assert landed(session, home)["rejects"] == before + 1


def test_several_secrets_are_accepted_while_one_replaces_another(server: Server) -> None:
    (signing,) = WEBHOOKS["linear"].signings
    body = linear()
    for secret, status in (("unused", 200), ("another", 200), (SECRET, 401)):
        headers = proof(signing, body, secret)
        assert deliver(server, "linear", body, headers, "other").status_code == status


def test_an_address_is_confirmed_to_who_knows_the_word(server: Server) -> None:
    def ask(name: str, **asked: str) -> httpx.Response:
        query = {f"hub.{key}": value for key, value in asked.items()}
        return server.client.get(f"{server.address}/api/webhooks/{name}/acme", params=query)

    right = {"mode": "subscribe", "verify_token": "verify me", "challenge": "1158201444"}
    for name in ("facebook", "instagram"):
        answer = ask(name, **right)
        assert (answer.status_code, answer.text) == (200, "1158201444")
        assert answer.headers["content-type"].startswith("text/plain")
        assert ask(name, **right | {"verify_token": "guess"}).status_code == 401
        assert ask(name, **right | {"mode": "x"}).status_code == 401
        assert ask(name, **right | {"challenge": "<script>"}).status_code == 401
        assert ask(name).status_code == 401
    assert ask("linear", **right).status_code == 405


def test_other_addresses_and_large_bodies_are_refused(server: Server) -> None:
    assert deliver(server, "myspace", b"{}", {}).status_code == 404
    body = b" " * (1024**2 + 1)
    signing = WEBHOOKS["generic"].signings[0]
    assert deliver(server, "generic", body, proof(signing, body)).status_code == 413


def test_a_compressed_body_is_never_unpacked(
    server: Server, session: psycopg.Connection, home: Path
) -> None:
    before = landed(session, home).get("rejects", 0)
    body = b"\x1f\x8b" + os.urandom(30)
    signing = WEBHOOKS["telegram"].signings[0]
    assert deliver(server, "telegram", body, proof(signing, body)).status_code == 200
    assert landed(session, home)["rejects"] > before


def test_secrets_come_from_the_file_or_the_environment(tmp_path: Path) -> None:
    variables = {
        "WAREHOUSE_WEBHOOK_LINEAR_A_B": "of a variable",
        "WAREHOUSE_WEBHOOK_FACEBOOK_ACME_VERIFY_TOKEN": "word",
        "WAREHOUSE_WEBHOOK_TELEGRAM_ACME": "",
    }
    file = tmp_path / FILE
    secrets = SharedSecrets(tmp_path, variables)
    assert secrets.of("a-b", "linear") == (b"of a variable",)
    assert secrets.of("acme", "telegram") == ()
    assert secrets.verify_tokens("acme", "facebook") == (b"word",)
    file.write_text('[acme]\ntelegram = "first"\n')
    file.chmod(0o600)
    assert secrets.of("acme", "telegram") == (b"first",)
    file.write_text("[acme\n")  # a slip of the pen while it serves
    assert secrets.of("acme", "telegram") == (b"first",)
    with pytest.raises(WarehouseError, match=r"webhooks\.toml cannot be used"):
        SharedSecrets(tmp_path, {})
    file.write_text("[acme]\ntelegram = 7\n")
    with pytest.raises(WarehouseError, match=r"acme\.telegram is neither"):
        SharedSecrets(tmp_path, {})
    file.write_text('[acme]\ntelegram = "x"\n')
    file.chmod(0o644)
    with pytest.raises(WarehouseError, match="chmod 600"):
        SharedSecrets(tmp_path, {})


def test_every_secret_is_tried_and_none_is_no_proof() -> None:
    webhook = WEBHOOKS["generic"]
    headers = proof(webhook.signings[0], b"x")
    assert is_signed(webhook, headers, b"x", [b"other", SECRET.encode()])
    assert not is_signed(webhook, headers, b"x", [])
    empty = proof(webhook.signings[0], b"x", "")
    assert not is_signed(webhook, empty, b"x", [SECRET.encode()])


def test_each_refusal_is_counted(tmp_path: Path) -> None:
    """In this process: a server shows its figures to its readers alone."""
    (tmp_path / FILE).write_text(f"[acme]\n{SECRETS}\n")
    (tmp_path / FILE).chmod(0o600)
    counts: Counter[str] = Counter()

    async def work() -> list[Any]:
        async with Spool(tmp_path / "spool") as spool:
            app = FastAPI()
            problems.install(app, lambda _, problem: problems.as_json(problem))
            app.include_router(router(spool, SharedSecrets(tmp_path, {}), counts))
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
                (signing,) = WEBHOOKS["linear"].signings
                told = []
                for body in (linear(), linear(time.time() - 100)):
                    for headers in (proof(signing, body), {}):
                        answer = await client.post(
                            "/api/webhooks/linear/acme", content=body, headers=headers
                        )
                        told.append(answer.status_code)
                return told

    assert asyncio.run(work()) == [200, 401, 401, 401]
    assert counts == {"linear": 1, "linear_unsigned": 2, "linear_stale": 1}
    assert len(recorded(tmp_path / "spool")) == 1

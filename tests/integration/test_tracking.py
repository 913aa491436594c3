"""`POST /api/track` on a real server: what is answered is durable, bad items fail alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from spool_process import recorded
from tracking_server import NAME, Server

from warehouse.errors import BUSY
from warehouse.spool import Limits
from warehouse.web.guard import MOST_BYTES
from warehouse.web.tracking import MAX_ITEMS, signature

PAGE = "https://page.example"
SECRET = "shared with the shop"
VIEW = {"interaction_type": "view", "post_id": "p1"}
TOTAL = Limits(total_bytes=3 * 1024**2)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state folder of the module's server, which has no database."""
    made = tmp_path_factory.mktemp("home")
    (made / "webhooks.toml").write_text(f'[signed]\nusers = ["an older one", "{SECRET}"]\n')
    (made / "webhooks.toml").chmod(0o600)
    return made


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    with Server(home, origins=(PAGE,), rate=1_000) as started:
        yield started


def track(
    server: Server,
    body: Any,
    token: str = "server",
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Post a body; return the answer, or the problem."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {"content-type": "application/json"} | (headers or {})
    said = server.post(server.track(token), content=content, headers=told)
    assert said.status_code == status, said.text
    answer: dict[str, Any] = said.json()
    if status != 200:
        assert answer["detail"] and answer["status"] == status
        return answer
    assert list(answer) == ["success", "tracked", "errors"]
    assert answer["success"] is (not answer["errors"])
    return answer


def kept(home: Path) -> list[dict[str, Any]]:
    """Return the interactions that wait in the spool."""
    bodies = [json.loads(body) for body in recorded(home / "spool")]
    return [item for body in bodies for item in body["interactions"]]


def test_one_interaction_and_a_batch_are_tracked(server: Server, home: Path) -> None:
    before = len(kept(home))
    assert track(server, VIEW) == {"success": True, "tracked": 1, "errors": []}
    assert track(server, {"interactions": [VIEW, VIEW]})["tracked"] == 2
    assert track(server, {"interactions": []})["tracked"] == 0
    assert len(kept(home)) == before + 3


def test_one_bad_item_does_not_fail_the_others(server: Server) -> None:
    naive = VIEW | {"occurred_at": "2026-06-07T10:00:00"}
    batch = {"interactions": [VIEW, {"post_id": "p1"}, VIEW | {"post_id": ""}, naive, 7, VIEW]}
    answer = track(server, batch)
    assert answer["tracked"] == 2
    assert [(error["index"], error["reason"]) for error in answer["errors"]] == [
        *((1, "missing_field"), (2, "invalid_id")),
        *((3, "naive_time"), (4, "invalid_field")),
    ]
    assert "--timezone" not in str(answer)


def test_half_a_surrogate_pair_fails_its_item_alone(server: Server) -> None:
    body = (
        rb'{"interactions": [{"interaction_type": "view", "post_id": "a\ud83d"},'
        rb' {"interaction_type": "view", "post_id": "b"}]}'
    )
    answer = track(server, body)
    assert (answer["tracked"], answer["errors"][0]["index"]) == (1, 0)


def test_only_what_may_be_kept_reaches_the_disk(server: Server, home: Path) -> None:
    track(
        server,
        VIEW
        | {"event_id": "e-1", "user_id": "Ada@Example.com", "ip": "203.0.113.9"}
        | {"occurred_at": "2026-06-07T12:00:00.5+02:00"}
        | {"metadata": {"duration": "1200.4", "source": "feed", "user_agent": "Mozilla"}},
    )
    item = kept(home)[-1]
    assert item.pop("user_id").startswith("email:")
    assert item == VIEW | {
        "event_id": "e-1",
        "metadata": {"duration": 1200, "source": "feed"},
        "occurred_at": "2026-06-07T10:00:00.500000+00:00",
    }


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[1]", 400),
        (b'{"interactions": {}}', 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b"x" * (MOST_BYTES + 1), 413),
        (json.dumps({"interactions": [VIEW] * (MAX_ITEMS + 1)}).encode(), 413),
    ],
    ids=["empty", "cut", "list", "no list", "no text", "deep", "large", "many"],
)
def test_a_body_that_is_none_is_refused_whole(
    server: Server, home: Path, body: bytes, status: int
) -> None:
    before = kept(home)
    track(server, body, status=status)
    assert kept(home) == before


def test_a_large_body_without_its_length_is_refused(server: Server) -> None:
    chunks = (b"x" * 65_536 for _ in range(20))
    said = server.post(server.track(), content=chunks, headers={"content-type": "text/plain"})
    assert said.status_code == 413


def test_only_json_without_compression_is_taken(server: Server) -> None:
    for headers in (
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-encoding": "gzip"},
    ):
        track(server, VIEW, status=415, headers=headers)
    assert track(server, VIEW, headers={"content-type": "text/plain;charset=UTF-8"})["success"]


def test_a_token_is_asked_for(server: Server) -> None:
    assert server.post("/api/track", json=VIEW).status_code == 401
    assert server.post("/api/track?token=guessed", json=VIEW).status_code == 401
    bearer = {"authorization": f"Bearer {server.tokens['server']}"}
    assert server.post("/api/track", json=VIEW, headers=bearer).json()["success"]
    track(server, VIEW, token="reader", status=403)


def test_a_token_of_all_workspaces_names_one(server: Server) -> None:
    track(server, VIEW, token="any", status=422)
    where = server.track("any") + "&workspace="
    assert server.post(where + "acme", json=VIEW).json()["success"]
    assert server.post(where + "a/b", json=VIEW).status_code == 422
    other = server.post(server.track("server") + "&workspace=other", json=VIEW)
    assert other.status_code == 403


def test_on_this_machine_alone_no_token_is_asked_for(tmp_path: Path) -> None:
    with Server(tmp_path, is_guarded=False) as server:
        server.client.headers.pop("host")
        assert server.post("/api/track?workspace=acme", json=VIEW).json()["tracked"] == 1
        assert server.post("/api/track", json=VIEW).status_code == 422
        foreign = {"origin": "https://evil.example"}
        said = server.post("/api/track?workspace=acme", json=VIEW, headers=foreign)
        assert said.status_code == 403


def test_pages_track_from_the_origins_of_their_token(server: Server) -> None:
    where = server.address + server.track("page")
    asked = server.client.options(where, headers={"origin": PAGE})
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == PAGE
    assert asked.headers["access-control-allow-methods"] == "POST"
    assert server.client.options(where, headers={"origin": "http://x"}).status_code == 403
    said = server.post(server.track("page"), json=VIEW, headers={"origin": PAGE})
    assert said.headers["access-control-allow-origin"] == PAGE
    bad = server.post(server.track("page"), json={"interactions": 1}, headers={"origin": PAGE})
    assert (bad.status_code, bad.headers["access-control-allow-origin"]) == (400, PAGE)
    for origin in ("http://elsewhere.example", "null"):
        said = server.post(server.track("page"), json=VIEW, headers={"origin": origin})
        assert said.status_code == 403
        assert "access-control-allow-origin" not in said.headers
    own = server.post(server.track("page"), json=VIEW, headers={"origin": f"http://{NAME}"})
    assert own.status_code == 200


def test_users_are_proved_where_a_workspace_asks_for_it(server: Server, home: Path) -> None:
    proof = signature(SECRET.encode(), "u1")
    batch = [
        VIEW | {"user_id": "u1", "user_hmac": proof},
        VIEW | {"user_id": "u2", "user_hmac": proof},
        VIEW | {"user_id": "u1"},
        VIEW,
    ]
    answer = track(server, {"interactions": batch}, token="signed")
    assert (answer["tracked"], [e["index"] for e in answer["errors"]]) == (2, [1, 2])
    assert [item["user_id"] for item in kept(home)[-2:]] == ["u1", None]


def test_a_token_that_sends_too_much_waits(server: Server) -> None:
    """The tests' server lets a token send 4,000 at once, and 1,000 a second."""
    batch = {"interactions": [VIEW] * MAX_ITEMS}
    answers = [server.post(server.track("any") + "&workspace=w", json=batch) for _ in range(9)]
    statuses = [answer.status_code for answer in answers]
    assert statuses[:4] == [200] * 4 and statuses[-1] == 429
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 2
    assert track(server, VIEW)["success"]  # with another token


def test_a_full_spool_says_so(tmp_path: Path) -> None:
    """Its database does not take anything; what was answered is kept."""
    batch = {"interactions": [VIEW | {"event_id": "e" * 500}] * MAX_ITEMS}
    with Server(tmp_path, TOTAL) as server:
        answers = [server.post(server.track(), json=batch) for _ in range(9)]
        statuses = [answer.status_code for answer in answers]
        assert statuses == sorted(statuses) and set(statuses) == {200, 503}
        assert answers[-1].headers["retry-after"]
        assert "send this again later" in answers[-1].json()["detail"]
    assert len(kept(tmp_path)) == statuses.count(200) * MAX_ITEMS


def test_the_documented_example_is_tracked_and_counted(server: Server) -> None:
    reader = {"authorization": f"Bearer {server.tokens['reader']}"}
    paths = server.client.get(f"{server.address}/openapi.json", headers=reader).json()["paths"]
    operation = paths["/api/track"]["post"]
    (body,) = operation["requestBody"]["content"].values()
    (answer,) = operation["responses"]["200"]["content"].values()
    assert track(server, body["example"]) == answer["example"]
    assert "post" in paths["/api/webhooks/{platform}/{workspace}"]
    figures = server.client.get(f"{server.address}/metrics", headers=reader).text
    assert 'warehouse_received_total{outcome="tracked"}' in figures
    assert "warehouse_spool_bytes" in figures


def test_a_second_server_on_the_same_folder_is_refused(server: Server) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/none"
    said = subprocess.run(
        [sys.executable, "-m", "warehouse", "serve", "--port", "0"],
        env={**os.environ, "WAREHOUSE_HOME": str(server.home), "DATABASE_URL": nowhere},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (said.returncode, "Another process" in said.stderr) == (BUSY, True), said


def test_the_script_is_served(server: Server) -> None:
    said = server.client.get(f"{server.address}/static/track.js")
    assert said.headers["content-type"].startswith("text/javascript")
    assert "engagement" in said.text

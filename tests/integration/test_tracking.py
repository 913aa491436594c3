"""`POST /api/track` on a real server: what is answered is durable, bad items fail alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from spool_process import recorded
from tracking_server import PAGE, Server

from warehouse.spool import Limits
from warehouse.web.tracking import MAX_BYTES, MAX_ITEMS, signature

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
    with Server(home) as started:
        yield started


def track(
    server: Server, body: Any, token: str = "server", status: int = 200, **headers: str
) -> dict[str, Any]:
    """Post a body; return the answer."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"content-type": "application/json"} | headers
    said = server.post(f"/api/track?token={token}", content=content, headers=headers)
    assert said.status_code == status, said.text
    answer: dict[str, Any] = said.json()
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
        (b"x" * (MAX_BYTES + 1), 413),
        (json.dumps({"interactions": [VIEW] * (MAX_ITEMS + 1)}).encode(), 413),
    ],
    ids=["empty", "cut", "list", "no list", "no text", "deep", "large", "many"],
)
def test_a_body_that_is_none_is_refused_whole(
    server: Server, home: Path, body: bytes, status: int
) -> None:
    before = kept(home)
    answer = track(server, body, status=status)
    assert (answer["tracked"], answer["success"]) == (0, False)
    assert kept(home) == before


def test_a_large_body_without_its_length_is_refused(server: Server) -> None:
    chunks = (b"x" * 65_536 for _ in range(20))
    said = server.post(
        "/api/track?token=server", content=chunks, headers={"content-type": "text/plain"}
    )
    assert said.status_code == 413


def test_only_json_without_compression_is_taken(server: Server) -> None:
    for headers in (
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-encoding": "gzip"},
    ):
        answer = track(server, VIEW, status=415, **headers)
        assert answer["errors"][0]["index"] is None
    assert track(server, VIEW, **{"content-type": "text/plain;charset=UTF-8"})["success"]


def test_a_token_is_asked_for(server: Server) -> None:
    track(server, VIEW, token="nobody", status=401)
    said = server.post("/api/track", json=VIEW, headers={"authorization": "Bearer server"})
    assert said.json()["success"]


def test_pages_track_from_the_origins_of_their_token(server: Server) -> None:
    where = f"{server.address}/api/track?token=page"
    asked = server.client.options(where, headers={"origin": PAGE})
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == PAGE
    assert asked.headers["access-control-allow-methods"] == "POST"
    assert server.client.options(where, headers={"origin": "http://x"}).status_code == 403
    said = server.post("/api/track?token=page", json=VIEW, headers={"origin": PAGE})
    assert said.headers["access-control-allow-origin"] == PAGE
    bad = server.post(
        "/api/track?token=page", json={"interactions": 1}, headers={"origin": PAGE}
    )
    assert (bad.status_code, bad.headers["access-control-allow-origin"]) == (400, PAGE)
    for origin in ("http://elsewhere.example", "null"):
        said = server.post("/api/track?token=page", json=VIEW, headers={"origin": origin})
        assert said.status_code == 403
        assert "access-control-allow-origin" not in said.headers
    own = server.post("/api/track?token=page", json=VIEW, headers={"origin": server.address})
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
    """The tests' server lets a client send 40 at once, and 10 a second."""
    assert track(server, {"interactions": [VIEW] * 40}, token="slow")["success"]
    said = server.post("/api/track?token=slow", json={"interactions": [VIEW] * 20})
    assert said.status_code == 429
    assert 1 <= int(said.headers["retry-after"]) <= 3


def test_a_full_spool_says_so(tmp_path: Path) -> None:
    """Its database does not take anything; what was answered is kept."""
    batch = {"interactions": [VIEW | {"event_id": "e" * 500}] * MAX_ITEMS}
    with Server(tmp_path, TOTAL) as server:
        answers = [server.post("/api/track?token=server", json=batch) for _ in range(9)]
        statuses = [answer.status_code for answer in answers]
        assert statuses == sorted(statuses) and set(statuses) == {200, 503}
        assert answers[-1].headers["retry-after"]
        assert "send this again later" in answers[-1].json()["errors"][0]["error"]
    assert len(kept(tmp_path)) == statuses.count(200) * MAX_ITEMS

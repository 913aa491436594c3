"""What hostile clients send: hosts, paths, SQL, bodies and tokens. Nothing gets in or out."""

from __future__ import annotations

import base64
import http.client
import logging
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from api_questions import assert_problem, named
from served import BASE, FIRST, NAME, Served, serving

from warehouse import tokens
from warehouse.connection import Target
from warehouse.web.guard import MOST_ADDRESS_BYTES, MOST_BYTES, SECURITY
from warehouse.web.resources import ITEMS, LISTS, Item, List
from warehouse.web.settings import Settings

PATHS = (
    "/docs",
    "/openapi.json",
    "/metrics",
    "/static/docs.css",
    f"{BASE}/content",
    "/nowhere",
)
TRAVERSALS = (
    *("/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/app.py"),
    *("/static//etc/passwd", "/static/%2fetc/passwd", "/static/..%5capp.py", "/static/%00"),
    *("/../../etc/passwd", f"{BASE}/../../docs.html", "/static/docs.css/../../app.py"),
)
INJECTIONS = (
    "' or '1'='1",
    "'; drop table raw.loads; --",
    "x' union select rolpassword from pg_authid --",
    "$$; select pg_sleep(9) $$",
    '"; select 1 --',
    "%s %(limit)s {}",
    "\\'; select 1",
    "1) or (1=1",
)


@pytest.fixture
def client(open_server: Served) -> Iterator[httpx.Client]:
    with open_server.client() as opened:
        yield opened


def place_of(server: Served) -> tuple[str, int]:
    place = urlsplit(server.url)
    assert place.hostname is not None and place.port is not None
    return place.hostname, place.port


def raw(server: Served, request: bytes) -> bytes:
    """Send bytes as they are; return the answer."""
    host, port = place_of(server)
    with socket.create_connection((host, port), timeout=30) as connection:
        connection.sendall(request)
        answer = b""
        while block := connection.recv(65536):
            answer += block
    return answer


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "evil:8765"),
        *("", "10.0.0.1", "[::2]", "[", "127.0.0.1@evil.example", "x" * 300, NAME),
    ],
)
def test_another_host_is_refused(open_server: Served, host: str) -> None:
    """A page of another site can lead its own name to this address, and read what it gets."""
    for path in PATHS:
        said = raw(
            open_server,
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode(),
        )
        assert said.startswith((b"HTTP/1.1 421 ", b"HTTP/1.1 400 ")), said
        assert b"items" not in said


def test_hosts_of_this_machine_are_answered(open_server: Served) -> None:
    for host in ("127.0.0.1", "localhost", "LOCALHOST:1", "127.0.0.2:80", "[::1]", "[::1]:9"):
        request = f"GET /docs HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        assert raw(open_server, request.encode()).startswith(b"HTTP/1.1 200 ")
    for hosts in ("", "Host: localhost\r\nHost: evil.example\r\n"):
        request = f"GET /docs HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n"
        assert not raw(open_server, request.encode()).startswith(b"HTTP/1.1 200 ")


def test_a_server_for_others_answers_to_its_names_and_to_addresses(
    guarded_server: Served,
) -> None:
    with guarded_server.client("all") as client:
        for host in (NAME, NAME.upper(), f"{NAME}:443", "10.0.0.1", "[fe80::1]"):
            assert client.get("/docs", headers={"Host": host}).status_code == 200
        for host in ("evil.example", f"evil.{NAME}", f"{NAME}.evil.example"):
            assert_problem(client.get("/docs", headers={"Host": host}), 421, "host name")


@pytest.mark.parametrize("path", TRAVERSALS)
def test_no_path_leads_out(open_server: Served, path: str) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    said = raw(open_server, request.encode())
    assert said.startswith((b"HTTP/1.1 404 ", b"HTTP/1.1 400 ")), said
    assert b"root:" not in said
    assert b"import" not in said


@pytest.mark.parametrize("resource", [*LISTS, *ITEMS], ids=named)
def test_sql_in_any_parameter_is_a_value(
    resource: List | Item, client: httpx.Client, open_server: Served
) -> None:
    names = ["workspace", "limit", "cursor", "sort", "x"]
    if isinstance(resource, List):
        names += [*resource.filters, *(f"{name}_from" for name in resource.ranges)]
    path = f"{BASE}/{resource.path.replace('{id}', '00000000-0000-0000-0000-000000000000')}"
    for injected in INJECTIONS:
        for name in names:
            answer = client.get(path, params={"workspace": FIRST, name: injected})
            assert answer.status_code in (200, 404, 422), answer.text
            if answer.status_code == 200:
                assert answer.json() == {"items": [], "next": None}
        if "{id}" in resource.path:
            answer = client.get(f"{BASE}/{resource.path.replace('{id}', quote(injected, ''))}")
            assert answer.status_code in (404, 422)
    with open_server.target.connect() as session:
        assert session.execute("select count(*) > 0 from raw.loads").fetchone() == (True,)


def test_bodies_are_bounded(open_server: Served, client: httpx.Client) -> None:
    for method in ("GET", "POST"):
        answer = client.request(method, f"{BASE}/content", content=b"x" * (MOST_BYTES + 1))
        assert_problem(answer, 413, "1 MiB")
    head = f"POST {BASE}/content HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    for length in ("-1", "1e9", "99999999999999999999"):
        said = raw(open_server, f"{head}Content-Length: {length}\r\n\r\n".encode())
        assert said.startswith((b"HTTP/1.1 413 ", b"HTTP/1.1 400 ")), said
    assert_problem(client.get("/docs", params={"x": "y" * MOST_ADDRESS_BYTES}), 414, "8 KiB")
    answer = client.get(f"{BASE}/content?{'a&' * 4000}")
    assert_problem(answer, 422, "a is there twice")


def test_other_methods_are_refused(client: httpx.Client) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
        answer = client.request(method, f"{BASE}/content")
        assert_problem(answer, 405, f"does not take {method}")
        assert answer.headers["allow"] == "GET"
    head = client.head(f"{BASE}/content?workspace={FIRST}")
    got = client.get(f"{BASE}/content?workspace={FIRST}")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == got.headers["etag"]
    assert head.headers["content-length"] == str(len(got.content))


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_the_headers_of_security(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    for name, value in SECURITY.items():
        assert answer.headers[name] == value
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "server" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers


# -- tokens --


def authorizations(secret: str) -> list[str]:
    """Return what is no valid token, though it looks like one."""
    return [
        *("", "Bearer", f"Bearer {secret}x", f"Bearer {secret[:-1]}", secret),
        *(f"Bearer {secret.upper()}", "Bearer ew_", "Basic", "Basic !", f"Digest {secret}"),
        *(f"Basic {secret}", "Basic " + base64.b64encode(secret.encode()).decode()),
        *("Basic " + base64.b64encode(b"\xff:\xff").decode(), "Bearer " + "x" * 5000),
    ]


@pytest.mark.parametrize("path", PATHS[:3] + PATHS[4:5])
def test_without_a_valid_token_nothing_is_read(guarded_server: Served, path: str) -> None:
    with guarded_server.client() as client:
        scheme = "Basic" if path == "/docs" else "Bearer"
        for header in (None, *authorizations(guarded_server.tokens["all"])):
            given = {} if header is None else {"Authorization": header}
            answer = client.get(path, headers=given)
            assert_problem(answer, 401, "Show a token")
            assert answer.headers["www-authenticate"] == f'{scheme} realm="warehouse"'
    with guarded_server.client("track") as client:
        assert_problem(client.get(path), 403, "This token is for track")


def test_a_token_is_a_bearer_or_a_password(guarded_server: Served) -> None:
    secret = guarded_server.tokens["all"]
    with guarded_server.client() as client:
        for given in (f"Bearer {secret}", f"bearer  {secret}"):
            answer = client.get("/metrics", headers={"Authorization": given})
            assert answer.status_code == 200
        assert client.get("/docs", auth=("anybody", secret)).status_code == 200
    with guarded_server.client(FIRST) as client:
        assert client.get("/docs").status_code == 200
        assert_problem(client.get("/metrics"), 403, "about all workspaces")


def test_a_wrong_token_is_refused_where_none_is_needed(open_server: Served) -> None:
    with open_server.client() as client:
        answer = client.get("/docs", headers={"Authorization": "Bearer ew_x"})
        assert_problem(answer, 401, "Show a token")


def test_tokens_that_come_and_go_are_known_at_once(guarded_server: Served) -> None:
    secret = tokens.add("guest", "read")
    given = {"Authorization": f"Bearer {secret}"}
    with guarded_server.client() as client:
        assert client.get("/docs", headers=given).status_code == 200
        tokens.remove("guest")
        assert client.get("/docs", headers=given).status_code == 401


def test_a_token_that_asks_too_often_has_to_wait(
    served_target: Target, state_folder: Path
) -> None:
    settings = Settings(
        lambda: served_target, state_folder, names=(NAME,), reads_per_second=0.001, read_burst=3
    )
    secrets = {name: tokens.add(name, "read") for name in ("often", "seldom")}
    try:
        with serving(settings) as url:
            server = Served(url, served_target, secrets)
            with server.client("often") as often, server.client("seldom") as seldom:
                assert [often.get("/docs").status_code for _ in range(3)] == [200] * 3
                refused = often.get("/docs")
                assert_problem(refused, 429, "asks too often")
                assert int(refused.headers["retry-after"]) > 900
                assert seldom.get("/docs").status_code == 200
    finally:
        for name in secrets:
            tokens.remove(name)


def test_secrets_and_clients_are_in_no_log(
    guarded_server: Served, caplog: pytest.LogCaptureFixture
) -> None:
    secret = guarded_server.tokens["all"]
    with caplog.at_level(logging.DEBUG), guarded_server.client("all") as client:
        client.get(f"{BASE}/content?workspace={FIRST}", headers={"User-Agent": "a-browser"})
        client.get(f"{BASE}/content?workspace={secret}")
    ours = [said for said in caplog.messages if not said.startswith("HTTP Request")]
    said = "\n".join(ours)
    assert secret not in said
    assert "a-browser" not in said


def test_broken_http_is_refused(open_server: Served) -> None:
    for request in (
        b"\0\0\0\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01" * 9,
    ):
        assert raw(open_server, request).startswith((b"HTTP/1.1 4", b""))
    connection = http.client.HTTPConnection(*place_of(open_server), timeout=30)
    connection.request("GET", "/docs")
    assert connection.getresponse().status == 200
    connection.close()


def test_a_fault_shows_nothing_of_itself(
    open_server: Served, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("s3cret")

    monkeypatch.setattr("warehouse.web.lists.Lists.page", fail)
    answer = client.get(f"{BASE}/content?workspace={FIRST}")
    assert_problem(answer, 500, "a fault of the warehouse")
    assert "s3cret" not in answer.text
    assert "Traceback" not in answer.text

"""Clients that send or read slowly, on purpose or not: others are answered, and they end.

Each test shortens the server's patience.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from receiving_server import receiving
from spool_process import recorded

from warehouse.web import connections

PATIENCE = 1.0
AT_ONCE = 400  # connections
HEAD = b"POST /api/track?workspace=acme HTTP/1.1\r\nHost: 127.0.0.1\r\n"
TRACKED = b'{"interaction_type": "view", "post_id": "p1"}'
BODY = HEAD + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def url(home: Path) -> Iterator[str]:
    with receiving(home) as address:
        yield address


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "REQUEST_SECONDS", PATIENCE)
    monkeypatch.setattr(connections, "ANSWER_SECONDS", PATIENCE)


def connected(url: str) -> socket.socket:
    place = urlsplit(url)
    assert place.hostname is not None
    return socket.create_connection((place.hostname, place.port or 80), timeout=30)


def rest(connection: socket.socket) -> bytes:
    """Return what still comes until the server ends the connection."""
    found = b""
    try:
        while block := connection.recv(1 << 20):
            found += block
    except ConnectionResetError:
        pass
    return found


def test_others_are_answered_while_many_are_slow(url: str) -> None:
    slow = [connected(url) for _ in range(AT_ONCE)]
    for number, connection in enumerate(slow):
        connection.sendall((b"", HEAD, BODY % 1000, BODY % 1000 + b"{")[number % 4])
    assert httpx.get(f"{url}/docs", trust_env=False, timeout=60).status_code == 200
    for connection in slow:
        assert rest(connection) == b""  # the server has ended it
        connection.close()


def test_a_request_byte_by_byte_is_given_up(
    url: str, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = recorded(home / "spool")
    with closing(connected(url)) as connection, caplog.at_level(logging.WARNING):
        connection.sendall(BODY % 1000)
        with pytest.raises(OSError, match=r"pipe|reset"):
            for _ in range(100):
                connection.sendall(b" ")
                time.sleep(0.05)
    assert recorded(home / "spool") == before
    assert caplog.messages == []


def test_a_second_request_gets_the_same_patience(url: str) -> None:
    with closing(connected(url)) as connection:
        connection.sendall(BODY % len(TRACKED) + TRACKED)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
        connection.sendall(HEAD)
        begun = time.monotonic()
        assert rest(connection) == b""
        assert PATIENCE / 2 < time.monotonic() - begun < 10 * PATIENCE


def test_who_is_slow_within_the_time_is_answered(
    url: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 60)
    before = len(recorded(home / "spool"))
    with closing(connected(url)) as connection:
        for part in (HEAD, (BODY % len(TRACKED)).removeprefix(HEAD), TRACKED[:9], TRACKED[9:]):
            connection.sendall(part)
            time.sleep(0.1)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
    assert len(recorded(home / "spool")) == before + 1


def test_a_head_without_an_end_is_refused(url: str) -> None:
    with closing(connected(url)) as connection:
        connection.sendall(HEAD)
        said = b""
        try:
            while not said and connection.send(b"X-More: " + b"x" * 8_000 + b"\r\n"):
                connection.settimeout(0.05)
                try:
                    said = connection.recv(65_536)
                except TimeoutError:
                    connection.settimeout(30)
        except OSError:  # it had ended before it was read
            said = rest(connection)
    assert said in (connections.TOO_LONG, b"")


def test_who_does_not_read_is_let_go(url: str) -> None:
    asked = b"GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    length = len(httpx.get(f"{url}/openapi.json", trust_env=False).content)
    count = 20_000_000 // length
    with closing(connected(url)) as connection:
        connection.setblocking(False)
        sent = 0
        ends = time.monotonic() + 4 * PATIENCE
        while time.monotonic() < ends:  # ask and read nothing
            try:
                sent += connection.send(asked * 10)
            except BlockingIOError:
                time.sleep(0.05)
            except OSError:
                break
            if sent > count * len(asked):
                time.sleep(0.05)
        connection.setblocking(True)
        connection.settimeout(30)
        assert len(rest(connection)) < count * length

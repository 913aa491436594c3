"""Servers over HTTP with two workspaces in their database, each in a thread of this process.

Source: the samples of the demo in one workspace, a part of them and odd records in another, as
        of the last day of the demo, so that no number depends on the moment.
Shape:  `open_server` asks for no token; `guarded_server` has tokens for all and for each.
Errors: AssertionError where the data cannot be loaded or a server does not start.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from built_home import DATABASE, TEMPLATE, copy_database
from command_line import Console
from copies import ROOT

from warehouse import connection, database, tokens
from warehouse.connection import Target
from warehouse.demo import AS_OF

if TYPE_CHECKING:
    import httpx

    from warehouse.events import Emit
    from warehouse.web.settings import Settings

BASE = "/api/social-analytics"
SERVED = "served"
FIRST, SECOND = "spoke-and-kettle", "acme"
NAME = "warehouse.test"  # by which others reach the guarded server
SHARED = ("content.ndjson", "discord", "product_feed.ndjson", "tiktok", "instagram.ndjson")
ODD = """\
{"record":"interaction","platform":"forum","id":"1","type":"comment","actor_id":"a","text":"?"}
{"record":"interaction","platform":"forum","id":"2","type":"like","actor_id":"a"}
{"record":"interaction","platform":"forum","id":"3","type":"comment","actor_id":"a","post_id":"p",\
"occurred_at":"2026-06-01T10:00:00.123456Z","text":"<script>alert('é')</script> \\" \\u2028"}
{"record":"interaction","platform":"forum","id":"4","type":"like","actor_id":"b'; drop table x"}
{"record":"profile","platform":"forum","actor_id":"a","username":"%_'\\"\\\\"}
{"record":"profile","platform":"forum","actor_id":"b'; drop table x",\
"username":"<img src=x onerror=alert(1)>\\u202e","profile_url":"javascript:alert(1)"}
{"record":"interaction","platform":"forum","id":"5","type":"comment","post_id":"q",\
"actor_id":"b'; drop table x","occurred_at":"2026-06-05T10:00:00Z",\
"text":"=1+1 </script><b onclick=alert(1)>"}
{"record":"content","content_id":"untitled","posts":[{"platform":"forum","post_id":"p"}]}
{"record":"content","content_id":"bold","title":"<b>\\"bold\\"</b> & {{ 7 * 7 }}",\
"posts":[{"platform":"forum","post_id":"q"}]}
"""


@dataclass(frozen=True)
class Served:
    """A server that runs, and what to ask it with."""

    url: str
    target: Target
    tokens: dict[str, str] = field(default_factory=dict)

    def client(self, token: str | None = None) -> httpx.Client:
        """Return a client, with one of the tokens if it is named."""
        import httpx  # noqa: PLC0415 (few sessions need it)

        headers = {"Host": NAME} if self.tokens else {}
        if token is not None:
            headers["Authorization"] = f"Bearer {self.tokens[token]}"
        return httpx.Client(base_url=self.url, headers=headers, trust_env=False, timeout=60)


@contextmanager
def serving(settings: Settings, emit: Emit | None = None) -> Iterator[str]:
    """Run a server in a thread; yield its address. `emit` gets its events."""
    from warehouse.web import serving as process  # noqa: PLC0415 (few sessions need it)
    from warehouse.web.app import create_app  # noqa: PLC0415

    is_started = threading.Event()
    with process.listen("127.0.0.1", 0) as bound:
        server = process.Server(create_app(settings, emit=emit), is_started.set)
        thread = threading.Thread(target=server.run, args=([bound],))
        thread.start()
        try:
            assert is_started.wait(30)
            yield process.shown(*bound.getsockname()[:2])
        finally:
            server.should_exit = True
            thread.join(30)
            assert not thread.is_alive()


@pytest.fixture(scope="session")
def served_target(state_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Target:
    """A database in which two workspaces have been loaded and built."""
    assert state_folder
    odd = tmp_path_factory.mktemp("odd") / "odd.ndjson"
    odd.write_text(ODD, "utf-8")
    samples = ROOT / "samples"
    first = [path for path in samples.iterdir() if path.suffix not in (".md", ".csv")]
    admin = connection.resolve("postgres")
    copy_database(admin, TEMPLATE, DATABASE)
    target = connection.resolve(DATABASE)
    with target.connect(autocommit=True) as session:
        database.prepare(session)
    warehouse = Console(target)
    second = [odd, *(samples / name for name in SHARED)]
    for paths, workspace in ((sorted(first), FIRST), (second, SECOND)):
        said = warehouse("load", *paths, "--workspace", workspace)
        assert said.code in (0, 4), said
    decisions = samples / "decisions.csv"
    assert warehouse("decide", "--from", decisions, "--workspace", FIRST).code == 0
    said = warehouse("run", "--accept", "--as-of", AS_OF)
    assert said.code in (0, 4), said
    copy_database(admin, DATABASE, SERVED)
    return connection.resolve(SERVED)


@pytest.fixture(scope="session")
def open_server(state_folder: Path, served_target: Target) -> Iterator[Served]:
    """A server for this machine alone."""
    from warehouse.web.settings import Settings  # noqa: PLC0415 (few sessions need it)

    with serving(Settings(lambda: served_target, state_folder)) as url:
        yield Served(url, served_target)


@pytest.fixture(scope="session")
def guarded_server(state_folder: Path, served_target: Target) -> Iterator[Served]:
    """A server for others: tokens `all`, `track`, and one for each workspace."""
    from warehouse.web.settings import Settings  # noqa: PLC0415 (few sessions need it)

    made = {
        "all": tokens.add("all", "read"),
        "track": tokens.add("track", "track", FIRST, ("https://www.example.com",)),
        FIRST: tokens.add("first", "read", FIRST),
        SECOND: tokens.add("second", "read", SECOND),
    }
    settings = Settings(
        lambda: served_target,
        state_folder,
        names=(NAME,),
        reads_per_second=10_000,
        read_burst=10_000,
    )
    with serving(settings) as url:
        yield Served(url, served_target, made)
    for name in ("all", "track", "first", "second"):
        tokens.remove(name)

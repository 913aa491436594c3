"""`warehouse serve` in a process of its own, which tests may kill.

Source: a state folder; the database that libpq's variables name, if any.
Shape:  `Server` starts and ends it. `TOKENS` says what its tokens allow.
Units:  seconds.
Errors: AssertionError where it does not start.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Self

import httpx

from warehouse import connection, tokens
from warehouse.connection import Target
from warehouse.errors import WarehouseError
from warehouse.spool import Limits

PROJECT = Path(__file__).resolve().parents[2]
NAME = "warehouse.test"
ENDED = 20.0


class Server:
    """The process; `with` starts it and ends it in an orderly way.

    It has a token `server` for the workspace acme, `page` for pages of these origins, `signed`
    for the workspace signed, and `any` for all workspaces. Without `is_guarded` it asks for
    none.
    """

    def __init__(
        self,
        home: Path,
        limits: Limits | None = None,
        database: str = "",
        *,
        origins: tuple[str, ...] = (),
        is_guarded: bool = True,
        rate: float = 10**9,
    ) -> None:
        self.home = home
        self._limits = limits or Limits()
        self._database = database
        self._is_guarded = is_guarded
        self._rate = rate
        self.client = httpx.Client(timeout=30, trust_env=False, headers={"host": NAME})
        self.tokens: dict[str, str] = {}
        self.address = ""
        self.page = ""  # the address of a page of its origins, where a test has one
        self._add_tokens(origins)

    def _add_tokens(self, origins: tuple[str, ...]) -> None:
        before = os.environ.get("WAREHOUSE_HOME")
        os.environ["WAREHOUSE_HOME"] = str(self.home)
        try:
            for token in tokens.listing():
                tokens.remove(token.name)
            for name, workspace, pages in (
                ("server", "acme", ()),
                ("page", "acme", origins),
                ("signed", "signed", ()),
                ("any", None, ()),
            ):
                self.tokens[name] = tokens.add(name, "track", workspace, pages)
            self.tokens["reader"] = tokens.add("reader", "read")
        finally:
            os.environ.pop("WAREHOUSE_HOME")
            if before is not None:
                os.environ["WAREHOUSE_HOME"] = before

    def start(self) -> Self:
        """Start it and wait until it answers."""
        limits = self._limits
        arguments = (
            *(self.home, self._database, int(self._is_guarded), limits.total_bytes),
            *(limits.segment_bytes, limits.segment_seconds, self._rate),
        )
        self._process = subprocess.Popen(
            [sys.executable, __file__, *map(str, arguments)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(PROJECT), *sys.path])},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        port = self._process.stdout.readline().strip()
        assert port, "the server did not start"
        self.address = f"http://127.0.0.1:{port}"
        return self

    def kill(self) -> None:
        """End it at once, with kill -9."""
        self._process.kill()
        self._process.communicate()

    def stop(self) -> None:
        """End it in an orderly way."""
        self._process.send_signal(signal.SIGTERM)
        self._process.communicate(timeout=ENDED)

    def track(self, token: str = "server") -> str:
        """Return the path for tracking with a token."""
        return f"/api/track?token={self.tokens[token]}"

    def post(self, path: str, **options: object) -> httpx.Response:
        """Post to it."""
        return self.client.post(self.address + path, **options)  # type: ignore[arg-type]

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.stop()
        self.client.close()


def serve(home: Path, database: str, is_guarded: bool, limits: Limits, rate: float) -> None:
    """Serve on a free port, which is printed once it answers."""
    from warehouse.web import serving  # noqa: PLC0415 (tests start it as a process)
    from warehouse.web.app import create_app  # noqa: PLC0415
    from warehouse.web.settings import Settings  # noqa: PLC0415

    def find() -> Target:
        if not database:
            raise WarehouseError("There is no database.")
        return connection.resolve(database)

    settings = Settings(
        find,
        home,
        names=(NAME,) if is_guarded else (),
        spool=home / "spool",
        limits=limits,
        tracks_per_second=rate,
        track_burst=4 * rate,
    )
    with serving.listen("127.0.0.1", 0) as bound:
        port = bound.getsockname()[1]
        serving.serve(create_app(settings), bound, lambda: print(port, flush=True))  # noqa: T201


if __name__ == "__main__":
    folder, name, guarded, *figures = sys.argv[1:]
    serve(
        Path(folder),
        name,
        guarded == "1",
        Limits(int(figures[0]), int(figures[1]), float(figures[2])),
        float(figures[3]),
    )

"""A source that pulls from a fake service, and what of it is in the warehouse."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from command_line import Console, Said
from fake_services.fakes import FAKES, Fake
from fake_services.forum import MAP, POSTS
from fake_services.service import Service

from warehouse.pulling.rest import PLATFORM

VARIABLE = "WAREHOUSE_TEST_TOKEN"
NOW = datetime.now(UTC).replace(microsecond=0)
KEYS = {  # of what lands, where one is told once
    "interactions": "native_id",
    "profiles": "actor_id",
    "posts": "post_id",
    "counters": "post_id || ' ' || native_metric",
    "rejects": "line_no",
}
RAW = tuple(KEYS)


class Pulled:
    """One platform's fake, a source that follows it, and the database."""

    def __init__(
        self, platform: str, service: Any, console: Console, session: psycopg.Connection
    ) -> None:
        self.platform, self.service = platform, service
        self.fake: Fake = FAKES[platform]
        self.console, self.session = console, session
        self.file = Path(os.environ["WAREHOUSE_HOME"]) / "sources.toml"
        self.declare()

    def declare(self, *follow: str, **settings: Any) -> None:
        """Write sources.toml anew."""
        told = {
            "workspace": "acme",
            "platform": self.platform,
            "token": VARIABLE,
            "follow": list(follow or (self.fake.item,)),
            "url": self.service.url,
            **settings,
        }
        lines = [f"{key} = {json.dumps(value)}" for key, value in told.items()]
        self.file.write_text("[sources.s]\n" + "\n".join(lines) + "\n" + self._rest())

    def _rest(self) -> str:
        """Return what else a declared API needs, and write its map."""
        if self.platform != PLATFORM:
            return ""
        self.file.with_name(POSTS.map).write_text(
            'list = "posts"\n'
            + _table("columns", MAP.columns)
            + _table("constants", MAP.constants)
        )
        return _table("sources.s.rest.lists.posts", msgspec.to_builtins(POSTS))

    def publish(self, count: int, newest: datetime = NOW, step: float = 60.0) -> list[str]:
        """Write as many things as that, the last one newest; return their keys."""
        keys = [f"{900_000 + number}" for number in range(count)]
        for number, key in enumerate(reversed(keys)):
            self.service.publish(key, newest - timedelta(seconds=number * step))
        return keys

    def pull(self, *options: object) -> Said:
        """Pull the source."""
        return self.console("pull", "s", *options)

    def asked(self, *options: object, code: int = 0) -> int:
        """Pull; return how many requests that took."""
        before = len(self.service.asked)
        said = self.pull(*options)
        assert said.code == code, said
        return len(self.service.asked) - before

    def stored(self) -> Counter[str]:
        """Return the native ids of everything that landed, with how often as another state."""
        rows = self.session.execute(
            "select native_id, count(distinct (version_at, text)) from raw.interactions"
            " where workspace_id = 'acme' and not is_retracted group by 1"
        )
        return Counter(dict(rows.fetchall()))

    def everything(self) -> dict[str, set[Any]]:
        """Return what the warehouse knows, however often it was told."""
        return {
            table: {row for (row,) in self.session.execute(f"select {key} from raw.{table}")}  # noqa: S608
            for table, key in KEYS.items()
        }

    def has(self, *keys: str) -> bool:
        """Whether exactly these things are there, each once."""
        return self.stored() == Counter(self.fake.stored(key) for key in keys)

    def row_counts(self) -> dict[str, int]:
        """Return how many rows each table of `raw` has."""
        counts = {}
        for table in (*RAW, "loads"):
            row = self.session.execute(f"select count(*) from raw.{table}").fetchone()  # noqa: S608
            assert row is not None
            counts[table] = row[0]
        return counts

    def clear(self) -> None:
        """Forget everything that was pulled."""
        for table in (*RAW, "load_notes", "pull_cursors", "pull_sources", "loads"):
            self.session.execute(f"delete from raw.{table}")  # noqa: S608


def _table(name: str, values: Mapping[str, Any]) -> str:
    """Return a table of TOML."""
    told = {key: value for key, value in values.items() if value not in (None, {})}
    return f"[{name}]\n" + "".join(f"{key} = {json.dumps(told[key])}\n" for key in told)


def make(platform: str) -> Service:
    """Return the server of a platform's fake."""
    made: Service = FAKES[platform].make()
    return made

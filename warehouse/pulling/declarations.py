"""Sources: what is pulled from where, and how often.

Source: `sources.toml` of the state folder, one table per source; `warehouse pull --example`
        prints a commented one. Tokens are in the environment, never in the file.
Shape:  `Source` by name.
Units:  seconds; units of a budget are the platform's, most often requests.
Errors: WarehouseError (usage) naming file and key.
"""

from __future__ import annotations

import ipaddress
import os
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from loaders.exchange.mapping import Map
from warehouse import durations, maps, state, toml_files
from warehouse.errors import USAGE, WarehouseError
from warehouse.loading import WORKSPACE, Declared
from warehouse.pulling import apis, rest
from warehouse.pulling.api import Api, Task
from warehouse.pulling.rest import List, Rest
from warehouse.toml_files import refused

FILE = "sources.toml"
GUIDE = "docs/pulling.md"
EXAMPLE = Path(__file__).with_name("sources.example.toml")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ITEM = re.compile(r"[^\s/?#%]{1,300}")  # becomes part of an address
_SHORTEST_EVERY = 10.0


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is pulled of one platform.

    `token`: the name of the environment variable that holds it. `follow`: items, each
    KIND:ID. `look_back`: the span that each pull asks for again. `every`: how often `watch`
    pulls; never without it. `budget`: requests of one pull. `daily_budget`: units of one day.
    """

    workspace: str
    platform: str
    follow: list[str]
    token: str = ""
    account: str | None = None
    timezone: str | None = None
    look_back: str = "2d"
    every: str | None = None
    budget: int = 1000
    daily_budget: int | None = None
    url: str | None = None
    rest: Rest | None = None

    @property
    def api(self) -> Api:
        """Return the API of its platform, or the one that it declares."""
        if self.rest is None:
            return apis.known()[self.platform]
        keys = {kind: self._map(told).list_key for kind, told in self.rest.lists.items()}
        return rest.api_of(self.rest, self.url or "", keys)

    def declared(self, kind: str) -> Declared:
        """Return what it says about the pages of a kind of list."""
        if self.rest is None:
            return Declared(self.workspace, self.platform, self.account, self.timezone)
        told = self._map(self.rest.lists[kind])
        return Declared(self.workspace, None, self.account, self.timezone, map=told)

    @staticmethod
    def _map(told: List) -> Map:
        return maps.read(state.home_path() / told.map)

    @property
    def window(self) -> timedelta:
        """Return the look-back window."""
        return timedelta(seconds=durations.seconds_of(self.look_back) or 0)

    @property
    def every_seconds(self) -> float | None:
        """Return how often `watch` pulls it."""
        return None if self.every is None else durations.seconds_of(self.every)

    @property
    def units_a_day(self) -> int | None:
        """Return the budget of one day."""
        return self.daily_budget or self.api.daily_units


def place() -> Path:
    """Return where the sources are declared."""
    return state.home_path() / FILE


def read() -> dict[str, Source]:
    """Return the sources by name."""
    path = place()
    tables = toml_files.tables(
        path,
        "sources",
        guide=GUIDE,
        missing=f"There is no {path}, so there is nothing to pull; `warehouse pull --example` "
        "prints one to begin with.",
        holds_secrets=False,
    )
    sources = {}
    for name, table in tables.items():
        source = toml_files.converted(path, f"sources.{name}", table, Source)
        _check(path, f"sources.{name}", source)
        sources[name] = source
    return sources


def token_of(name: str, source: Source) -> str:
    """Return the token of a source, from the environment."""
    token = os.environ.get(source.token, "").strip()
    if not source.token:
        return ""  # of an API that needs none
    if not token:
        raise WarehouseError(
            f"The variable {source.token} is not set, so {name} cannot be pulled; set it to "
            f"the token for {source.api.title}.",
            USAGE,
        )
    if not token.isascii() or not token.isprintable():
        raise WarehouseError(
            f"The variable {source.token} holds no token: there are characters in it that no "
            "token has.",
            USAGE,
        )
    return token


def item(text: str) -> Task:
    """Return what a followed item asks for."""
    kind, _, thing = text.partition(":")
    return Task(kind, thing)


def _check(path: Path, key: str, source: Source) -> None:
    """Refuse what no pull could do."""
    if not WORKSPACE.fullmatch(source.workspace):
        raise refused(path, f"has a wrong name at {key}.workspace; use letters, digits, - _ .")
    known = [*apis.known(), rest.PLATFORM]
    if source.platform not in known:
        names = ", ".join(known)
        raise refused(path, f"has {source.platform!r} at {key}.platform; use one of {names}")
    is_rest = source.platform == rest.PLATFORM
    if is_rest != (source.rest is not None) or (is_rest and source.url is None):
        raise refused(
            path, f"needs {key}.url and {key}.rest for the platform rest, and for no other"
        )
    if not _VARIABLE.fullmatch(source.token) and not (is_rest and source.token == ""):
        raise refused(
            path,
            f"has no name of an environment variable at {key}.token; never write the token "
            "itself into the file",
        )
    if source.url is not None and not _is_safe(source.url):
        raise refused(path, f"has a wrong address at {key}.url; a token needs https://")
    for field, shortest in (("look_back", 0.0), ("every", _SHORTEST_EVERY)):
        said = getattr(source, field)
        seconds = None if said is None else durations.seconds_of(said)
        if said is not None and (seconds is None or not shortest <= seconds <= 3.2e9):
            raise refused(
                path, f"has {said!r} at {key}.{field}; give a time like 15m, 6h or 2d"
            )
    for field in ("budget", "daily_budget"):
        if (number := getattr(source, field)) is not None and number < 1:
            raise refused(path, f"has {number} at {key}.{field}; give 1 or more")
    _check_follow(path, key, source)


def _check_follow(path: Path, key: str, source: Source) -> None:
    """Refuse items that the API does not know, and declarations about them that cannot be."""
    kinds = source.api.follows
    if not source.follow:
        raise refused(path, f"follows nothing at {key}.follow; name what to pull")
    for text in source.follow:
        asked = item(text)
        if asked.kind not in kinds or not _ITEM.fullmatch(asked.id):
            forms = ", ".join(f"{name}:ID" for name in kinds)
            raise refused(path, f"has {text!r} at {key}.follow; write it as {forms}")
    if len(set(source.follow)) < len(source.follow):
        raise refused(path, f"names something twice at {key}.follow; leave out one of them")
    for text in source.follow:
        source.declared(item(text).kind).context()


def _is_safe(url: str) -> bool:
    """Whether a token may be sent to an address: encrypted, or to this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    is_plain = not parts.query and not parts.fragment and parts.username is None
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and _is_own(host))
    return is_plain and bool(host) and is_safe


def _is_own(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

"""Who asks: tokens of requests, what they may do, how often.

Source: the header Authorization, Bearer or the password of Basic; for tracking, which pages do
        without headers, also `?token=`; tokens of the state folder.
Shape:  `Access.reader` is a dependency of operations that read, `Access.tracker` of tracking.
Units:  requests a second; a burst is what may come at once.
Errors: ProblemError 401 without a valid token where one is needed, 403 for a token of another
        kind, 429 for one that asks too often.
"""

from __future__ import annotations

import base64
import binascii
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psycopg
from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from warehouse.loading import WORKSPACE
from warehouse.tokens import Scope, Token, Tokens
from warehouse.web.problems import ProblemError
from warehouse.web.settings import Settings

BEARER_PATHS = ("/api/", "/metrics", "/openapi.json")  # programs; browsers ask for a password


@dataclass(frozen=True)
class Reader:
    """Who reads: `workspace` is the only one that may be seen, null for all."""

    workspace: str | None = None


@dataclass(frozen=True)
class Tracker:
    """Who tracks: for which workspace, from pages of which origins, with which token."""

    workspace: str
    origins: tuple[str, ...] = ()
    token: str | None = None


class Allowance:
    """How much each of some names may ask: so much a second, after a burst of so much."""

    def __init__(
        self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, name: str, count: int = 1) -> float:
        """Take so much; return how many seconds to wait first, 0 where it was there."""
        now = self._clock()
        left, since = self._left.get(name, (self._burst, now))
        left = min(left + (now - since) * self._rate, self._burst)
        is_there = left >= count
        self._left[name] = (left - count if is_there else left, now)
        return 0.0 if is_there else (count - left) / self._rate


class Access:
    """Knows the tokens of a server, and when one has to be shown."""

    def __init__(self, settings: Settings) -> None:
        self._needs_token = settings.needs_token
        self._tokens = Tokens(settings.home)
        self._reads = Allowance(settings.reads_per_second, settings.read_burst)
        self._tracks = Allowance(settings.tracks_per_second, settings.track_burst)

    def token(self, request: Request, scope: Scope, secret: str | None = None) -> Token | None:
        """Return the token of a request; null where none was shown and none is needed.

        `secret`: where it was shown elsewhere than in the headers.
        """
        secret = secret or _shown(request)
        if secret is None and not self._needs_token:
            return None
        token = self._tokens.find(secret) if secret else None
        if token is None:
            is_program = request.url.path.startswith(BEARER_PATHS)
            scheme = "Bearer" if is_program else "Basic"
            raise ProblemError(
                401,
                "Show a token: `Authorization: Bearer …`, or as the password of Basic. "
                f"`warehouse token add NAME --scope {scope}` makes one.",
                {"WWW-Authenticate": f'{scheme} realm="warehouse"'},
            )
        if token.scope != scope:
            raise ProblemError(
                403, f"This token is for {token.scope}; use one that is for {scope}."
            )
        return token

    async def reader(self, request: Request) -> Reader:
        """Return who reads."""
        token = self.token(request, "read")
        if token is None:
            return Reader()
        if wait := self._reads.take(token.name):
            raise ProblemError(
                429,
                "This token asks too often; wait before the next request.",
                {"Retry-After": str(math.ceil(wait))},
            )
        return Reader(token.workspace)

    async def reader_of_all(self, request: Request) -> Reader:
        """Return who reads what is about all workspaces together."""
        reader = await self.reader(request)
        if reader.workspace is not None:
            raise ProblemError(
                403, "This is about all workspaces; use a token without a workspace."
            )
        return reader

    async def tracker(self, request: Request, known: Callable[[], Sequence[str]]) -> Tracker:
        """Return who tracks; `known` returns the workspaces of the database."""
        asked = request.query_params.get("workspace")
        token = self.token(request, "track", request.query_params.get("token"))
        if token is None:
            workspace = asked or await _only(known)
        elif token.workspace is not None and asked not in (None, token.workspace):
            raise ProblemError(403, "This token is for another workspace.")
        else:
            workspace = token.workspace or asked
        if workspace is None or not WORKSPACE.fullmatch(workspace):
            raise ProblemError(422, "Name the workspace, like `?workspace=acme`.")
        return Tracker(workspace, token.origins, token.name) if token else Tracker(workspace)

    def take(self, tracker: Tracker, count: int) -> None:
        """Refuse who tracks too many interactions in too short a time."""
        if tracker.token is not None and (wait := self._tracks.take(tracker.token, count)):
            raise ProblemError(
                429,
                "This token sends too many interactions; send them later.",
                {"Retry-After": str(math.ceil(wait))},
            )


async def _only(known: Callable[[], Sequence[str]]) -> str | None:
    """Return the only workspace there is; null where there are others, or nobody knows."""
    try:
        found = await run_in_threadpool(known)
    except (ProblemError, psycopg.Error):
        return None
    return found[0] if len(found) == 1 else None


def _shown(request: Request) -> str | None:
    """Return the secret of a request, null without one; empty for one that is malformed."""
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            said = base64.b64decode(value.strip(), validate=True).decode(
                "utf-8", "surrogateescape"
            )
        except binascii.Error:
            return ""
        return said.partition(":")[2]
    return ""

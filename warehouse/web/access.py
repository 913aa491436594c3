"""Who asks: tokens of requests, what they may do, how often.

Source: the header Authorization, Bearer or the password of Basic; tokens of the state folder.
Shape:  `Access.reader` is a dependency of operations that read.
Units:  requests a second; a burst is what may come at once.
Errors: ProblemError 401 without a valid token where one is needed, 403 for a token of another
        kind, 429 for one that asks too often.
"""

from __future__ import annotations

import base64
import binascii
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request

from warehouse.tokens import Scope, Token, Tokens
from warehouse.web.problems import ProblemError
from warehouse.web.settings import Settings

BEARER_PATHS = ("/api/", "/metrics", "/openapi.json")  # programs; browsers ask for a password


@dataclass(frozen=True)
class Reader:
    """Who reads: `workspace` is the only one that may be seen, null for all."""

    workspace: str | None = None


class Allowance:
    """How often each of some names may ask: so many a second, after a burst of so many."""

    def __init__(
        self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, name: str) -> float:
        """Take one; return how many seconds to wait first, 0 where it was there."""
        now = self._clock()
        left, since = self._left.get(name, (self._burst, now))
        left = min(left + (now - since) * self._rate, self._burst)
        is_there = left >= 1
        self._left[name] = (left - 1 if is_there else left, now)
        return 0.0 if is_there else (1 - left) / self._rate


class Access:
    """Knows the tokens of a server, and when one has to be shown."""

    def __init__(self, settings: Settings) -> None:
        self._needs_token = settings.needs_token
        self._tokens = Tokens(settings.home)
        self._reads = Allowance(settings.reads_per_second, settings.read_burst)

    def token(self, request: Request, scope: Scope) -> Token | None:
        """Return the token of a request; null where none was shown and none is needed."""
        secret = _shown(request)
        if secret is None and not self._needs_token:
            return None
        token = self._tokens.find(secret) if secret else None
        if token is None:
            is_program = request.url.path.startswith(BEARER_PATHS)
            scheme = "Bearer" if is_program else "Basic"
            raise ProblemError(
                401,
                "Show a token: `Authorization: Bearer …`, or as the password of Basic. "
                "`warehouse token add NAME --scope read` makes one.",
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

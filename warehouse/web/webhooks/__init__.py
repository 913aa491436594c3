"""`/api/webhooks/{platform}/{workspace}`: what platforms push, proved and durable.

Source: webhooks of the platforms in `signing.WEBHOOKS`; secrets by workspace and platform.
Shape:  a verified body goes to the spool as delivered, and the platform's module reads it when
        it is landed. The answer is empty. The same body again adds nothing.
Units:  a body has as many bytes as the guard allows.
Errors: ProblemError 401 for a missing, wrong or stale signature, also where no secret is set
        up; 404 for another platform, 413, and 503 where the spool cannot take it. What the
        loader cannot read is answered with 200 and kept as a reject: the platform need not
        send it again.
"""

from __future__ import annotations

import hmac
import re
import time
from collections import Counter
from collections.abc import Callable

from fastapi import APIRouter, Request, Response

from warehouse.loading import WORKSPACE
from warehouse.spool import Record, Spool, SpoolError
from warehouse.web.problems import ProblemError
from warehouse.web.receiving_docs import WEBHOOK
from warehouse.web.shared_secrets import SharedSecrets
from warehouse.web.tracking import RETRY
from warehouse.web.webhooks.signing import WEBHOOKS, Webhook, is_signed, is_stale

_CHALLENGE = re.compile(r"[A-Za-z0-9_.-]{1,200}")


def router(
    spool: Spool,
    secrets: SharedSecrets,
    counts: Counter[str],
    clock: Callable[[], float] = time.time,
) -> APIRouter:
    """Return the routes of webhooks; `counts` has how many bodies came to what."""
    made = APIRouter()

    @made.post("/api/webhooks/{platform}/{workspace}", response_class=Response, **WEBHOOK)
    async def receive(platform: str, workspace: str, request: Request) -> Response:
        webhook = _webhook(platform)
        body = await request.body()
        known = secrets.of(workspace, platform) if WORKSPACE.fullmatch(workspace) else ()
        is_ours = is_signed(webhook, request.headers, body, known)
        if not is_ours or is_stale(webhook, body, clock()):
            counts[f"{platform}_stale" if is_ours else f"{platform}_unsigned"] += 1
            raise ProblemError(401, _UNPROVED)
        try:
            await spool.append(Record(workspace, webhook.platform, webhook.format, body))
        except SpoolError as error:
            counts[f"{platform}_unkept"] += 1
            raise ProblemError(503, str(error), RETRY) from None
        counts[platform] += 1
        return Response(status_code=200)

    @made.get("/api/webhooks/{platform}/{workspace}", include_in_schema=False)
    async def challenge(platform: str, workspace: str, request: Request) -> Response:
        """Answer a platform that asks whether this address is wanted."""
        if not _webhook(platform).is_challenged:
            raise ProblemError(405, "This platform posts without asking.", {"Allow": "POST"})
        asked = request.query_params
        given = asked.get("hub.verify_token", "").encode()
        known = secrets.verify_tokens(workspace, platform)
        is_known = bool(sum(hmac.compare_digest(given, token) for token in known))
        word = asked.get("hub.challenge", "")
        if (
            not is_known
            or asked.get("hub.mode") != "subscribe"
            or not _CHALLENGE.fullmatch(word)
        ):
            counts[f"{platform}_unsigned"] += 1
            raise ProblemError(401, _UNPROVED)
        return Response(word, media_type="text/plain")

    return made


def _webhook(platform: str) -> Webhook:
    if platform not in WEBHOOKS:
        raise ProblemError(
            404, f"There is no such webhook; it is one of {', '.join(WEBHOOKS)}."
        )
    return WEBHOOKS[platform]


_UNPROVED = (
    "The signature is missing, wrong or too old, or webhooks.toml has no secret for this "
    "workspace and platform."
)

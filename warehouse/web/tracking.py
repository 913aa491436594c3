"""`POST /api/track`: what people do in the product, durable before it is answered.

Source: bodies of the product's pages: one interaction, or `{"interactions": [...]}`.
Shape:  {"success", "tracked", "errors"}, as `warehouse load --answer json` prints it. Valid
        items go to the spool, as far as they may be kept; bad ones are told by index.
Units:  at most MAX_ITEMS a body, of as many bytes as the guard allows; `index` counts from 0.
Errors: 200 also where items are bad. ProblemError 400 for what is no JSON, 401, 403, 413, 415
        and 429; 503 where the spool cannot take it. Of a refused body nothing is kept.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Any
from urllib.parse import urlsplit

import msgspec
from fastapi import APIRouter, Request, Response

from loaders.parsing.fields import NativeId
from loaders.parsing.formats import Context, Format
from loaders.parsing.notes import take
from loaders.platforms import product
from loaders.platforms.product import tracking
from loaders.reading.checking import ESCAPED_NUL, checked
from loaders.reading.explanations import Failure, explain
from loaders.reading.reader import parts_of
from loaders.records import Interaction, Reason, RecordError
from warehouse.answers import Answer, Error
from warehouse.spool import Record, Spool, SpoolError
from warehouse.web.access import Tracker
from warehouse.web.problems import ProblemError
from warehouse.web.receiving_docs import TRACK

MAX_ITEMS = 1_000
TYPES = ("application/json", "text/plain")  # sendBeacon may send the latter anywhere
PREFLIGHT_SECONDS = 86_400
RETRY = {"Retry-After": "5"}
FORMAT: Format = next(fmt for fmt in tracking.FORMATS if fmt.name == "tracking_json")

Authorise = Callable[[Request], Awaitable[Tracker]]
Take = Callable[[Tracker, int], None]  # ProblemError 429 where it is too much
UserSecrets = Callable[[str], Collection[bytes]]  # of a workspace; none: users are not signed


class Batch(msgspec.Struct, gc=False):
    """A body with several interactions."""

    interactions: list[msgspec.Raw]


class Signed(msgspec.Struct, gc=False):
    """Who an interaction is said to be of, and the proof."""

    user_id: NativeId = None
    user_hmac: str | None = None


_batch = msgspec.json.Decoder(Batch).decode
_signed = msgspec.json.Decoder(Signed).decode
_encode = msgspec.json.Encoder().encode


def router(
    spool: Spool,
    authorise: Authorise,
    allowance: Take,
    user_secrets: UserSecrets,
    counts: Counter[str],
) -> APIRouter:
    """Return the routes of `/api/track`; `counts` has how many items came to what."""
    made = APIRouter()

    @made.post("/api/track", response_class=Response, **TRACK)
    async def track(request: Request) -> Response:
        tracker = await authorise(request)
        headers = _cors(request, tracker)
        try:
            items = _items(await _body(request))
            allowance(tracker, len(items))
            kept, errors = check(items, user_secrets(tracker.workspace))
            if kept:
                await spool.append(record_of(tracker.workspace, kept))
        except SpoolError as error:
            counts["unkept"] += 1
            raise ProblemError(503, str(error), RETRY | headers) from None
        except ProblemError as problem:  # which a page of the token's origins may read
            problem.headers.update(headers)
            raise
        counts["tracked"] += len(kept)
        counts["bad"] += len(errors)
        answer = _encode(Answer(not errors, len(kept), errors))
        return Response(answer, headers=headers, media_type="application/json")

    @made.options("/api/track", include_in_schema=False)
    async def preflight(request: Request) -> Response:
        """Let pages of the token's origins post; the token is in the address here."""
        headers = _cors(request, await authorise(request)) | {
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": "authorization, content-type",
            "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
        }
        return Response(status_code=204, headers=headers)

    return made


def check(
    items: Iterable[bytes | msgspec.Raw], user_secrets: Collection[bytes] = ()
) -> tuple[list[tracking.Item], list[Error]]:
    """Return what may be kept of the good items, and what is wrong with the others.

    `user_secrets`: one of them has signed every `user_id`, where there are any.
    """
    kept: list[tracking.Item] = []
    errors: list[Error] = []
    context = Context()
    for index, item in enumerate(items):
        raw = bytes(item)
        try:
            if user_secrets:
                _check_user(raw, user_secrets)
            (record,) = checked(FORMAT.parse(raw, context), ESCAPED_NUL in raw)
            assert isinstance(record, Interaction)
            kept.append(tracking.kept(record))
        except Failure as error:
            reason, detail = explain(error, raw)
            if reason is Reason.NAIVE_TIME:
                detail = "occurred_at has no time zone: write it like 2026-03-01T10:00:00Z"
            errors.append(Error(index, detail, reason))
    take()  # a dropped field costs that field; nobody reads notes here
    return kept, errors


def signature(secret: bytes, user_id: str) -> str:
    """Return the `user_hmac` that proves a user to a workspace with that secret."""
    return hmac.new(secret, user_id.encode(), hashlib.sha256).hexdigest()


def _check_user(raw: bytes, user_secrets: Collection[bytes]) -> None:
    told = _signed(raw)
    if told.user_id is None or told.user_id == "":
        return
    given = (told.user_hmac or "").lower().encode()
    proofs = [signature(secret, str(told.user_id)).encode() for secret in user_secrets]
    if not sum(hmac.compare_digest(given, proof) for proof in proofs):
        raise RecordError(
            Reason.INVALID_FIELD, "user_hmac is not the HMAC of user_id that is asked for here"
        )


async def _body(request: Request) -> bytes:
    """Return the body of a request that says that it is JSON, or text."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in TYPES:
        raise ProblemError(415, f"Send the body as {' or '.join(TYPES)}.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise ProblemError(415, "Send the body without compression.")
    return await request.body()


def _items(body: bytes) -> list[Any]:
    """Return the interactions of a body, each with its exact bytes."""
    try:
        items: list[Any] = list(_batch(body).interactions)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        items = _separate_items(body)
    if len(items) > MAX_ITEMS:
        raise ProblemError(
            413, f"A body has at most {MAX_ITEMS:,} interactions; send the rest in another."
        )
    return items


def _separate_items(body: bytes) -> list[Any]:
    """The same for a single interaction, and where one item makes the body unreadable."""
    try:
        return [part.raw for _, part in parts_of(body, FORMAT, Context()) if not part.is_empty]
    except Failure as error:
        _, detail = explain(error, body)
        raise ProblemError(400, f"The body cannot be read ({detail}).") from None


def record_of(workspace: str, kept: list[tracking.Item]) -> Record:
    """Return what the spool keeps of the good items of one request."""
    body = tracking.Body(secrets.token_hex(8), kept)
    return Record(workspace, product.PLATFORM, FORMAT.name, _encode(body), is_joined=True)


def _cors(request: Request, tracker: Tracker) -> dict[str, str]:
    """Return the headers for the page that asks; refuse pages of other origins."""
    origin = request.headers.get("origin")
    if origin is None:
        return {}
    if origin in tracker.origins:
        return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
    if urlsplit(origin).netloc == request.headers.get("host"):
        return {}
    raise ProblemError(
        403, f"Pages of {origin[:200]} may not track here; add the origin to the token."
    )

"""`POST /api/track`: what people do in the product, durable before it is answered.

Source: bodies of the product's pages: one interaction, or `{"interactions": [...]}`.
Shape:  {"success", "tracked", "errors"}, as `warehouse load --answer json` prints it. Valid
        items go to the spool, as far as they may be kept; bad ones are told by index.
Units:  at most MAX_BYTES and MAX_ITEMS a body; `index` counts from 0.
Errors: 200 also where items are bad. 400 for what is no JSON, 401 and 403 as `authorise` and
        the token's origins say, 413, 415 and 429; 503 where the spool cannot take it. Of a
        refused body nothing is kept.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Hashable, Iterable, Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

import msgspec
from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

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
from warehouse.spool import FullError, Record, Spool, SpoolError
from warehouse.web.bodies import read_body
from warehouse.web.rates import RateLimit

MAX_ITEMS = 1_000
MAX_BYTES = 1024**2
TYPES = ("application/json", "text/plain")  # sendBeacon may send the latter anywhere
PREFLIGHT_SECONDS = 86_400
RETRY_SECONDS = 5
FORMAT: Format = next(fmt for fmt in tracking.FORMATS if fmt.name == "tracking_json")


class Grant(Protocol):
    """What a token allows: tracking for one workspace, from pages of these origins.

    `client` names it for the rate limit; None is not limited.
    """

    @property
    def workspace(self) -> str:
        """The workspace for which its holder may track."""
        ...

    @property
    def origins(self) -> Collection[str]:
        """The origins of pages that may use it, like https://shop.example."""
        ...

    @property
    def client(self) -> Hashable | None:
        """Its name, for the rate limit."""
        ...


Authorise = Callable[[Request], Awaitable[Grant]]  # HTTPException 401, 403 or 429 where not
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
    *,
    user_secrets: UserSecrets = lambda _: (),
    limit: RateLimit | None = None,
    counts: Counter[str] | None = None,
) -> APIRouter:
    """Return the routes of `/api/track`; `counts` has how many items came to what."""
    counts = Counter() if counts is None else counts
    made = APIRouter()

    async def granted(request: Request) -> tuple[Grant, dict[str, str]]:
        """Return the grant, and the headers that let a page of its origins read the answer."""
        grant = await authorise(request)
        return grant, _cors(request, grant)

    @made.post("/api/track", openapi_extra=DESCRIPTION, response_class=Response)
    async def track(request: Request) -> Response:
        """Take interactions of the product."""
        headers: dict[str, str] = {}
        try:
            grant, headers = await granted(request)
            body = await read_body(request, MAX_BYTES, TYPES)
            items = _items(body)
            if limit is not None and (wait := limit.wait(grant.client, len(items))):
                raise HTTPException(
                    429,
                    "Too many interactions in too short a time; send them later.",
                    {"Retry-After": str(int(wait) + 1)},
                )
            kept, errors = check(items, user_secrets(grant.workspace))
            if kept:
                await spool.append(record_of(grant.workspace, kept))
        except HTTPException as error:
            return _refusal(error.status_code, str(error.detail), error.headers, headers)
        except SpoolError as error:
            counts["full" if isinstance(error, FullError) else "unwritable"] += 1
            retry = {"Retry-After": str(RETRY_SECONDS)}
            return _refusal(503, str(error), retry, headers)
        counts["tracked"] += len(kept)
        counts["bad"] += len(errors)
        return _answer(200, Answer(not errors, len(kept), errors), headers)

    @made.options("/api/track", include_in_schema=False)
    async def preflight(request: Request) -> Response:
        """Let pages of the token's origins post; the token is in the address here."""
        try:
            _, headers = await granted(request)
        except HTTPException as error:
            return Response(status_code=error.status_code)
        headers |= {
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


def _items(body: bytes) -> list[Any]:
    """Return the interactions of a body, each with its exact bytes."""
    try:
        items: list[Any] = list(_batch(body).interactions)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        items = _separate_items(body)
    if len(items) > MAX_ITEMS:
        raise HTTPException(
            413, f"A body has at most {MAX_ITEMS:,} interactions; send the rest in another."
        )
    return items


def _separate_items(body: bytes) -> list[Any]:
    """The same for a single interaction, and where one item makes the body unreadable."""
    try:
        return [part.raw for _, part in parts_of(body, FORMAT, Context()) if not part.is_empty]
    except Failure as error:
        _, detail = explain(error, body)
        raise HTTPException(400, f"The body cannot be read ({detail}).") from None


def record_of(workspace: str, kept: list[tracking.Item]) -> Record:
    """Return what the spool keeps of the good items of one request."""
    body = tracking.Body(secrets.token_hex(8), kept)
    return Record(workspace, product.PLATFORM, FORMAT.name, _encode(body), is_joined=True)


def _cors(request: Request, grant: Grant) -> dict[str, str]:
    """Return the headers for the page that asks; refuse pages of other origins."""
    origin = request.headers.get("origin")
    if origin is None:
        return {}
    if origin in grant.origins:
        return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
    if urlsplit(origin).netloc == request.headers.get("host"):
        return {}
    raise HTTPException(
        403, f"Pages of {origin[:200]} may not track here; add the origin to the token."
    )


def _refusal(
    status: int, sentence: str, headers: Mapping[str, str] | None, more: Mapping[str, str]
) -> Response:
    answer = Answer(False, 0, [Error(None, sentence, None)])
    return _answer(status, answer, {**(headers or {}), **more})


def _answer(status: int, answer: Answer, headers: Mapping[str, str]) -> Response:
    return Response(_encode(answer), status, dict(headers), "application/json")


EXAMPLE = {
    "interactions": [
        {
            "event_id": "0d5c6ec8-5a0c-4c38-9d6a-0c2f8f1f2b11",
            "interaction_type": "view",
            "post_id": "post-17",
            "user_id": "u-42",
            "occurred_at": "2026-06-07T10:00:00Z",
            "metadata": {"duration": 5200, "scroll_depth": 80, "source": "feed"},
        }
    ]
}
DESCRIPTION: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object"}, "example": EXAMPLE}},
    },
    "responses": {
        "200": {
            "description": "What became of each interaction",
            "content": {
                "application/json": {"example": {"success": True, "tracked": 1, "errors": []}}
            },
        }
    },
}

"""Reading of a request's body within bounds.

Source: an HTTP request.
Shape:  its body as delivered, byte by byte.
Units:  bytes.
Errors: HTTPException 413 for more than is allowed, 415 for another type or a compressed body.
"""

from __future__ import annotations

from collections.abc import Collection

from fastapi import Request
from starlette.exceptions import HTTPException


async def read_body(request: Request, most: int, types: Collection[str] | None = None) -> bytes:
    """Return the body of a request; `types` are the media types that are taken."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if types is not None and given not in types:
        raise HTTPException(415, f"Send the body as {' or '.join(types)}.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise HTTPException(415, "Send the body without compression.")
    too_large = HTTPException(413, f"A body has at most {most:,} bytes; send it in parts.")
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > most:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise too_large
    return bytes(body)

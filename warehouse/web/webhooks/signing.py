"""How each platform signs what it pushes: a table, and the one mechanism that reads it.

Source: a request's headers and its body as delivered.
Shape:  true where one of the secrets has signed the body in one of the ways of its webhook.
Units:  milliseconds of a signed time; MAX_AGE in seconds, in either direction.
Errors: none; a header that cannot be read is a wrong signature.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec

MAX_AGE = 60.0


@dataclass(frozen=True)
class Signing:
    """A header that proves a body: its HMAC in hexadecimal digits, or the secret itself."""

    header: str
    digest: Literal["sha256", "sha1"] | None = None
    prefix: str = ""

    def proof(self, secret: bytes, body: bytes) -> bytes:
        """Return what the header has to say."""
        if self.digest is None:
            return secret
        return hmac.new(secret, body, getattr(hashlib, self.digest)).hexdigest().encode()


@dataclass(frozen=True)
class Webhook:
    """What one kind of webhook delivers, and how it is proved.

    `signed_at`: the key of the body that says when it was signed, in milliseconds.
    `is_challenged`: the platform asks for an answer when the address is set up.
    """

    platform: str
    format: str
    signings: tuple[Signing, ...]
    signed_at: str | None = None
    is_challenged: bool = False


META = Signing("x-hub-signature-256", "sha256", "sha256=")
BODY = Signing("x-signature-256", "sha256", "sha256=")
SEGMENT = Signing("x-signature", "sha1")

WEBHOOKS: Mapping[str, Webhook] = {
    "facebook": Webhook("facebook", "page_webhook_json", (META,), is_challenged=True),
    "instagram": Webhook("instagram", "instagram_webhook_json", (META,), is_challenged=True),
    "linear": Webhook(
        "linear",
        "linear_webhook_json",
        (Signing("linear-signature", "sha256"),),
        signed_at="webhookTimestamp",
    ),
    "telegram": Webhook(
        "telegram", "bot_update_json", (Signing("x-telegram-bot-api-secret-token"),)
    ),
    "segment": Webhook("product", "segment_json", (SEGMENT,)),
    # its plain webhook signs nothing, but sends a header of one's own
    "rudderstack": Webhook("product", "segment_json", (SEGMENT, Signing("x-signing-key"))),
    "posthog": Webhook("product", "posthog_json", (BODY,)),
    "generic": Webhook("generic", "exchange_ndjson", (BODY,)),
}


def is_signed(
    webhook: Webhook, headers: Mapping[str, str], body: bytes, secrets: Collection[bytes]
) -> bool:
    """Return whether one of the secrets proves the body; every secret is tried."""
    matches = [
        hmac.compare_digest(_given(signing, headers), signing.proof(secret, body))
        for signing in webhook.signings
        if headers.get(signing.header)
        for secret in secrets
    ]
    return any(matches)


def is_stale(webhook: Webhook, body: bytes, now: float) -> bool:
    """Return whether a signed body says that it was signed long ago, or will be.

    A body that says no time, or cannot be read, is not stale: the loader judges it.
    """
    if webhook.signed_at is None:
        return False
    try:
        at = msgspec.json.decode(body)[webhook.signed_at]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, LookupError, TypeError):
        return False
    return isinstance(at, int | float) and abs(now - at / 1_000) > MAX_AGE


def _given(signing: Signing, headers: Mapping[str, str]) -> bytes:
    told = headers[signing.header]
    if signing.digest is not None:
        told = told.removeprefix(signing.prefix).lower()
    return told.encode(errors="replace")

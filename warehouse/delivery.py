"""Delivery of messages by Apprise, which knows the services behind addresses.

Source: an address of a channel.
Shape:  `Service.send` tells why a service did not take a message, or nothing.
        The key of a message is sent along, so that a repetition can be recognised: e-mail has
        it as its Message-ID, services that take headers (json, xml, form) as
        `Idempotency-Key`, all others as the last line of the text.
Units:  characters.
Errors: ValueError without the address where Apprise cannot use it. What Apprise logs may hold
        parts of an address, so nothing of it is shown but the kind of failure.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from apprise import Apprise, AppriseAsset, NotifyBase, NotifyFormat, NotifyType
from apprise.plugins.email import base as email

from warehouse import messages
from warehouse.messages import Message

NAME = "Engagement Warehouse"
HEADER = "Idempotency-Key"
WARNING = "warning"
# Markup and escapes come on top of the text.
_SHARE_OF_ROOM = 0.6
_STATUS = re.compile(r"\berror=(\d{3})\b")


class Service:
    """One service, which is sent messages one after the other."""

    def __init__(self, url: str) -> None:
        self._plugin = _plugin(url)
        takes_headers = "headers" in getattr(self._plugin, "template_kwargs", {})
        self._is_email = isinstance(self._plugin, email.NotifyEmail)
        self._has_header = takes_headers and not self._is_email

    @property
    def room(self) -> int:
        """How long the text of a message may be."""
        return int(self._plugin.body_maxlen * _SHARE_OF_ROOM)

    def send(self, message: Message) -> str | None:
        """Send a message; return why the service did not take it, if so."""
        text = messages.body(message.alerts, self.room)
        if self._has_header:
            headers: dict[str, str] = getattr(self._plugin, "headers")  # noqa: B009 (declared)
            headers[HEADER] = str(message.key)
        elif not self._is_email:
            text += f"\nMessage {message.key}"
        is_warning = any(alert.severity == WARNING for alert in message.alerts)
        with _silent() as said, _message_id(message.key):
            try:
                is_sent = self._plugin.notify(
                    body=text,
                    title=messages.title(message.alerts),
                    notify_type=NotifyType.WARNING if is_warning else NotifyType.INFO,
                    body_format=NotifyFormat.TEXT,
                )
            except Exception as error:  # of any plugin; its text may hold the address
                return f"Apprise failed with {type(error).__name__}"
        return None if is_sent else _reason(said)


def _plugin(url: str) -> NotifyBase:
    asset = AppriseAsset(
        app_id=NAME,
        app_desc=NAME,
        app_url="",
        image_url_mask=None,
        image_url_logo=None,
        secure_logging=True,
    )
    schema, is_address, _ = url.partition("://")
    if not is_address:
        raise ValueError("that does not begin with a service, like mailto:// or json://")
    with _silent():
        plugin = Apprise.instantiate(url, asset=asset)
    if plugin is None:
        known = re.fullmatch(r"[a-z0-9]{1,20}", schema)
        raise ValueError(
            f"that Apprise does not understand{f' ({schema}://)' if known else ''}"
        )
    return plugin


@contextmanager
def _silent() -> Iterator[list[str]]:
    """Keep from every log what Apprise says; yield it."""
    said: list[str] = []
    logger = logging.getLogger("apprise")
    keeper = _Keeper(said)
    before = logger.propagate
    logger.addHandler(keeper)
    logger.propagate = False
    try:
        yield said
    finally:
        logger.removeHandler(keeper)
        logger.propagate = before


class _Keeper(logging.Handler):
    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a message."""
        self._said.append(record.getMessage())


@contextmanager
def _message_id(key: UUID) -> Iterator[None]:
    """Let e-mail have this Message-ID: Apprise makes one, and a header would be a second."""
    module: Any = email
    made = module.make_msgid
    module.make_msgid = lambda domain=None: f"<{key}@{domain or 'localhost'}>"
    try:
        yield
    finally:
        module.make_msgid = made


def _reason(said: list[str]) -> str:
    """Return the kind of a failure."""
    text = " ".join(said)
    if status := _STATUS.search(text):
        return f"the service answered {status[1]}"
    if "onnection" in text:
        return "the service cannot be reached, or refused the login"
    return "the service did not take the message"

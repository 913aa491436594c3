"""Connections of clients that are slow, on purpose or not: they end when patience does.

Without this a client could hold connections for ever by sending a request byte by byte, by
sending a head without an end, or by not reading the answer.

Source: what clients send and read.
Shape:  the protocol that `serving` gives to uvicorn, with either of its parsers.
Units:  seconds, bytes.
Errors: none; a connection is closed, after status 431 where the head is too long.
"""

from __future__ import annotations

import asyncio
import resource
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

REQUEST_SECONDS = 30.0  # for a whole request, from its first byte, or from the connection
MOST_HEAD_BYTES = 64 * 1024
ANSWER_SECONDS = 30.0  # in which a client has to read ...
LEAST_READ_BYTES = 30 * 1024  # ... so much of an answer
MOST_FILES = 65_536
TOO_LONG = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


def allow_many() -> None:
    """Let this process have as many connections as the system allows it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


class Patient(AutoHTTPProtocol):  # type: ignore[misc, valid-type]  # chosen by uvicorn
    """A connection that ends where its client takes too long."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._asking: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None
        self._head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait_for_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """End all waiting."""
        self._end(self._asking)
        self._end(self._reading)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take a part of a request; wait for the rest no longer than for the whole."""
        super().data_received(data)
        if self.transport.is_closing():
            return
        is_begun = self.cycle is not None and not self.cycle.response_complete
        if is_begun and not self.cycle.more_body:
            self._end(self._asking)
            self._asking = None
        elif self._asking is None:
            self._wait_for_request()
        self._head_bytes = 0 if is_begun else self._head_bytes + len(data)
        if self._head_bytes > MOST_HEAD_BYTES:
            self.transport.write(TOO_LONG)
            self.transport.close()

    def pause_writing(self) -> None:
        """Begin to look whether the client reads."""
        super().pause_writing()
        self._look_at_reading(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """End to look: the client has read."""
        super().resume_writing()
        self._end(self._reading)

    def _wait_for_request(self) -> None:
        self._asking = self.loop.call_later(REQUEST_SECONDS, self.transport.abort)

    def _look_at_reading(self, left: int) -> None:
        self._reading = self.loop.call_later(ANSWER_SECONDS, self._check_reading, left)

    def _check_reading(self, before: int) -> None:
        left = self.transport.get_write_buffer_size()
        if before - left < LEAST_READ_BYTES:
            self.transport.abort()
        else:
            self._look_at_reading(left)

    @staticmethod
    def _end(timer: asyncio.TimerHandle | None) -> None:
        if timer is not None:
            timer.cancel()

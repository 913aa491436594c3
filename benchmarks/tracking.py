"""How fast `warehouse serve` answers tracked interactions that it has made durable.

Source: batches of 20 interactions with ids of their own, sent by this process to the other
        core; the server lands them meanwhile.
Shape:  answered interactions a second with many connections, then the latencies at a steady
        rate, then what landed.
Units:  seconds; latencies from the moment at which a request was due, waiting included.
Errors: BenchmarkError where the server does not start or refuses a batch.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import psycopg

from benchmarks.server import BenchmarkError, served
from warehouse.connection import Target

BATCH = 20
CONNECTIONS = 16
SECONDS = 10.0
STEADY = 1_000  # interactions a second
LANDED_SECONDS = 120.0
WORKSPACE = "tracked"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Measured:
    """What one server did; `steady` are the latencies at STEADY, ascending."""

    answered: int
    seconds: float
    steady: list[float]
    landed: int  # distinct interactions
    sent: int  # of all that were answered
    landing_seconds: float  # from the last answer

    def latency(self, share: float) -> float:
        """Return the latency that this share of the requests did not exceed."""
        return self.steady[min(int(len(self.steady) * share), len(self.steady) - 1)]


def measure(target: Target, say: Say) -> Measured:
    """Measure a server on a prepared database."""
    with served() as address:
        requests = _requests(address)
        say("tracking as fast as it answers")
        answered, seconds = asyncio.run(_fast(address, requests))
        say(f"tracking {STEADY:,} interactions a second")
        steady = asyncio.run(_steady(address, requests))
        sent = answered + len(steady) * BATCH
        begun = time.perf_counter()
        with target.connect(autocommit=True) as session:
            landed = _landed(session)
            while landed < sent and time.perf_counter() - begun < LANDED_SECONDS:
                time.sleep(0.05)
                landed = _landed(session)
    took = time.perf_counter() - begun
    return Measured(answered, seconds, sorted(steady), landed, sent, took)


def _requests(address: str) -> Iterator[bytes]:
    """Yield whole requests; each interaction has its own id."""
    host = urlsplit(address).netloc
    head = (
        f"POST /api/track?workspace={WORKSPACE} HTTP/1.1\r\nHost: {host}\r\n"
        "Content-Type: application/json\r\nContent-Length: "
    )
    for number in itertools.count():
        items = [
            {
                "event_id": f"{number}-{place}",
                "interaction_type": "view",
                "post_id": f"post-{(number * 7 + place) % 500}",
                "user_id": f"u{number % 5_000}",
                "occurred_at": "2026-06-07T10:00:00.123Z",
                "metadata": {"duration": 1_000 + place, "scroll_depth": 80, "source": "feed"},
            }
            for place in range(BATCH)
        ]
        body = json.dumps({"interactions": items}, separators=(",", ":")).encode()
        yield f"{head}{len(body)}\r\n\r\n".encode() + body


async def _fast(address: str, requests: Iterator[bytes]) -> tuple[int, float]:
    """Send over many connections, each as soon as it has its answer."""
    begun = time.perf_counter()
    answered = 0

    async def one() -> None:
        nonlocal answered
        reader, writer = await _connect(address)
        while time.perf_counter() - begun < SECONDS:
            await _post(reader, writer, next(requests))
            answered += BATCH
        writer.close()

    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
    return answered, time.perf_counter() - begun


async def _steady(address: str, requests: Iterator[bytes]) -> list[float]:
    """Send at a steady rate, whether or not the server keeps up; return the latencies."""
    begun = time.perf_counter()
    due = itertools.count()
    latencies = []

    async def one() -> None:
        reader, writer = await _connect(address)
        while (at := next(due) * BATCH / STEADY) < SECONDS:
            request = next(requests)
            await asyncio.sleep(max(begun + at - time.perf_counter(), 0))
            await _post(reader, writer, request)
            latencies.append(time.perf_counter() - begun - at)
        writer.close()

    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
    return latencies


async def _connect(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(address)
    return await asyncio.open_connection(parts.hostname, parts.port)


async def _post(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> None:
    """Send a request and read its answer, all of which has to be tracked."""
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
    body = await reader.readexactly(length)
    if b'"tracked":%d,' % BATCH not in body:
        raise BenchmarkError(f"a batch was not tracked: {body[:200].decode()}")


def _landed(session: psycopg.Connection) -> int:
    row = session.execute(
        "select count(distinct native_id) from raw.interactions where workspace_id = %s",
        (WORKSPACE,),
    ).fetchone()
    return 0 if row is None else int(row[0])

"""The spool keeps what it accepted and refuses the rest whole."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from own_servers import as_ordinary_user
from spool_process import recorded

from warehouse.errors import WarehouseError
from warehouse.spool import FullError, Limits, Record, Spool, SpoolError, segments


def record(number: int, size: int = 0) -> Record:
    """Return one of many records."""
    return Record("acme", "product", "tracking_json", b"%d" % number + b" " * size)


def test_records_come_back_in_their_order(tmp_path: Path) -> None:
    async def work() -> None:
        async with Spool(tmp_path / "spool") as spool:
            for number in range(5):
                await spool.append(record(number))

    asyncio.run(work())
    assert recorded(tmp_path / "spool") == [b"%d" % number for number in range(5)]


def test_many_requests_share_a_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced = []
    sync = os.fdatasync

    def counted(descriptor: int) -> None:
        synced.append(descriptor)
        sync(descriptor)

    monkeypatch.setattr(os, "fdatasync", counted)

    async def work() -> None:
        async with Spool(tmp_path / "spool") as spool:
            await asyncio.gather(*(spool.append(record(number)) for number in range(500)))

    asyncio.run(work())
    assert len(recorded(tmp_path / "spool")) == 500
    assert len(synced) <= 3


def test_a_segment_is_closed_by_size_and_by_age(tmp_path: Path) -> None:
    limits = Limits(segment_bytes=4_000, segment_seconds=0.05)

    async def work() -> None:
        async with Spool(tmp_path / "spool", limits) as spool:
            await spool.append(record(1, 5_000))
            assert spool.closed_count == 1
            spool.release(await spool.next_segment())
            await spool.append(record(2))
            assert spool.closed_count == 0
            path = await asyncio.wait_for(spool.next_segment(), 5)
            assert [one.body for one in segments.read(path.read_bytes()).records] == [b"2"]
            spool.release(path)
            assert spool.size == 0

    asyncio.run(work())
    assert recorded(tmp_path / "spool") == []


def test_what_an_earlier_process_left_comes_first(tmp_path: Path) -> None:
    async def work(number: int) -> list[bytes]:
        async with Spool(tmp_path / "spool") as spool:
            before = spool.size
            await spool.append(record(number))
            first = await spool.next_segment() if number else None
            assert bool(before) is bool(number)
            return [] if first is None else [first.read_bytes()]

    asyncio.run(work(0))
    (left,) = asyncio.run(work(1))
    assert [one.body for one in segments.read(left).records] == [b"0"]
    assert recorded(tmp_path / "spool") == [b"0", b"1"]


def test_a_full_spool_refuses_whole_records_until_there_is_room(tmp_path: Path) -> None:
    limits = Limits(total_bytes=1_000)

    async def work() -> None:
        async with Spool(tmp_path / "spool", limits) as spool:
            attempts = [spool.append(record(number, 100)) for number in range(20)]
            told = await asyncio.gather(*attempts, return_exceptions=True)
            refused = [each for each in told if each is not None]
            assert 0 < len(refused) < 20
            assert all(isinstance(each, FullError) for each in refused)
            await spool.rotate()
            assert spool.size <= limits.total_bytes
            spool.release(await spool.next_segment())
            await spool.append(record(99))

    asyncio.run(work())
    assert recorded(tmp_path / "spool") == [b"99"]


@contextmanager
def small_disk(size: int) -> Iterator[None]:
    """Let no file become larger: the system takes the first bytes of a write, then none."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


@pytest.mark.parametrize("room", [0, 10, 700, 2_500])
def test_a_disk_without_room_takes_nothing_half(tmp_path: Path, room: int) -> None:
    """Whatever has been answered stays, and no byte of what was refused."""
    answered = []

    async def work() -> None:
        async with Spool(tmp_path / "spool") as spool:
            with small_disk(room):
                for number in range(10):
                    try:
                        await spool.append(record(number, 900))
                        answered.append(number)
                    except SpoolError as error:
                        assert "cannot write to its disk" in str(error)
            await spool.append(record(10))
            answered.append(10)
            kept = [*(tmp_path / "spool").glob("*.segment")]
            assert spool.size == sum(path.stat().st_size for path in kept)

    asyncio.run(work())
    found = [int(body) for body in recorded(tmp_path / "spool")]
    assert found == answered
    torn = [segments.read(path.read_bytes()).torn_bytes for path in tmp_path.rglob("*.segment")]
    assert not any(torn)


def test_a_failed_sync_takes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After it nobody knows what the disk has, so the segment is cut and closed."""
    sync = os.fdatasync

    def fails(_: int) -> None:
        raise OSError(5, "Input/output error")

    async def work() -> None:
        async with Spool(tmp_path / "spool") as spool:
            await spool.append(record(1))
            monkeypatch.setattr(os, "fdatasync", fails)
            with pytest.raises(SpoolError, match="took nothing"):
                await spool.append(record(2))
            monkeypatch.setattr(os, "fdatasync", sync)
            await spool.append(record(3))

    asyncio.run(work())
    assert recorded(tmp_path / "spool") == [b"1", b"3"]
    assert len([*tmp_path.rglob("*.segment")]) == 2


def test_a_folder_that_became_read_only_refuses() -> None:
    """As a user whom the system does not let through, unlike root."""

    def work() -> None:
        folder = Path(tempfile.mkdtemp())
        try:
            asyncio.run(_refused_in(folder))
        finally:
            (folder / "spool").chmod(0o700)
            shutil.rmtree(folder)

    as_ordinary_user(work)


async def _refused_in(folder: Path) -> None:
    async with Spool(folder / "spool") as spool:
        (folder / "spool").chmod(0o500)
        with pytest.raises(SpoolError, match="took nothing"):
            await spool.append(record(1))
        assert [path.name for path in (folder / "spool").iterdir()] == ["lock"]
        (folder / "spool").chmod(0o700)
        await spool.append(record(2))
    assert recorded(folder / "spool") == [b"2"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    async def work() -> None:
        async with Spool(tmp_path / "file" / "spool"):
            pass

    with pytest.raises(WarehouseError, match="cannot be used"):
        asyncio.run(work())

"""The time dialects: what is read, and why the rest is refused."""

from __future__ import annotations

from datetime import UTC

import pytest

from loaders.parsing.times import Unit, epoch, in_words, instant, zone
from loaders.records import Reason, RecordError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-02-09T11:08:07.2155277+00:00", "2025-02-09T11:08:07.215527+00:00"),
        ("2025-02-09T11:08:07.999999999Z", "2025-02-09T11:08:07.999999+00:00"),
        ("2024-11-07T23:26:18.04203Z", "2024-11-07T23:26:18.042030+00:00"),
        ("2010-09-14T22:41:25+0000", "2010-09-14T22:41:25+00:00"),
        ("2025-12-03 22:34:40+00", "2025-12-03T22:34:40+00:00"),
        ("2024-12-08 04:24:23 UTC", "2024-12-08T04:24:23+00:00"),
        ("2024-01-01t00:00:00.1z", "2024-01-01T00:00:00.100000+00:00"),
        ("2024-01-01T01:00:00-05:30", "2024-01-01T06:30:00+00:00"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59+00:00"),
        ("2024-01-01T10:30Z", "2024-01-01T10:30:00+00:00"),
        ("1990-01-01T00:00:00Z", "1990-01-01T00:00:00+00:00"),
    ],
)
def test_iso(text: str, expected: str) -> None:
    found = instant(text, "at")
    assert found is not None
    assert found.isoformat() == expected
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.INVALID_TIME),
        ("infinity", Reason.INVALID_TIME),
        ("57861-01-01T00:00:00Z", Reason.INVALID_TIME),
        ("2024-02-30T00:00:00Z", Reason.INVALID_TIME),
        ("2024-01-01T10:60:00Z", Reason.INVALID_TIME),
        ("2024-01-01", Reason.INVALID_TIME),
        ("2024-W01-1T00:00:00Z", Reason.INVALID_TIME),
        ("٢٠٢٤-01-01T00:00:00Z", Reason.INVALID_TIME),
        ("1709287200", Reason.INVALID_TIME),
        ("2024-01-01T00:00:00Z\n", Reason.INVALID_TIME),
        ("2024-01-01T00:00:00", Reason.NAIVE_TIME),
        ("1989-12-31T23:59:59Z", Reason.TIME_OUT_OF_RANGE),
        ("1990-01-01T00:00:00+01:00", Reason.TIME_OUT_OF_RANGE),
        ("2100-01-01T00:00:00Z", Reason.TIME_OUT_OF_RANGE),
        ("0001-01-01T00:00:00+14:00", Reason.TIME_OUT_OF_RANGE),
        ("9999-12-31T23:59:59-14:00", Reason.TIME_OUT_OF_RANGE),
    ],
)
def test_refused_iso(text: str, reason: Reason) -> None:
    with pytest.raises(RecordError) as caught:
        instant(text, "posted_at")
    assert caught.value.reason == reason
    assert "posted_at" in caught.value.detail


def test_naive_times_need_a_zone() -> None:
    found = instant("2024-07-01 12:00:00", "at", zone("Asia/Jakarta"))
    assert found is not None
    assert found.isoformat() == "2024-07-01T05:00:00+00:00"
    declared = instant("2024-07-01T12:00:00Z", "at", zone("Asia/Jakarta"))
    assert declared is not None
    assert declared.hour == 12
    assert instant(None, "at") is None
    for name in ("Nowhere/Land", "", "../etc"):
        with pytest.raises(ValueError, match="is not a time zone"):
            zone(name)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (1709287200, "s", "2024-03-01T10:00:00+00:00"),
        ("1709287200", "s", "2024-03-01T10:00:00+00:00"),
        (1709287200123, "ms", "2024-03-01T10:00:00.123000+00:00"),
        ("1709287200123456789", "ns", "2024-03-01T10:00:00.123456+00:00"),
        (1709287200, "s or ms", "2024-03-01T10:00:00+00:00"),
        (1709287200123, "s or ms", "2024-03-01T10:00:00.123000+00:00"),
    ],
)
def test_epochs(value: int | str, unit: Unit, expected: str) -> None:
    found = epoch(value, "at", unit)
    assert found is not None
    assert found.isoformat() == expected


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (1709287200123, Reason.TIME_OUT_OF_RANGE),
        (0, Reason.TIME_OUT_OF_RANGE),
        (-5, Reason.TIME_OUT_OF_RANGE),
        (10**30, Reason.TIME_OUT_OF_RANGE),
        ("9" * 5000, Reason.TIME_OUT_OF_RANGE),
        ("1.5", Reason.INVALID_TIME),
        ("soon", Reason.INVALID_TIME),
        ("", Reason.INVALID_TIME),
    ],
)
def test_refused_epochs(value: int | str, reason: Reason) -> None:
    with pytest.raises(RecordError) as caught:
        epoch(value, "at", "s")
    assert caught.value.reason == reason


def test_words() -> None:
    found = in_words("Fri Dec 04 17:17:00 +0100 2020", "created_at")
    assert found is not None
    assert found.isoformat() == "2020-12-04T16:17:00+00:00"
    assert in_words(None, "created_at") is None
    for text in ("Fre Dez 04 17:17:00 +0000 2020", "Fri Feb 30 17:17:00 +0000 2020", ""):
        with pytest.raises(RecordError) as caught:
            in_words(text, "created_at")
        assert caught.value.reason == Reason.INVALID_TIME

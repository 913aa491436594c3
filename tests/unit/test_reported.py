"""Reported cases of any platform: wrong fields, impossible times, names that show nothing."""

from __future__ import annotations

from datetime import UTC

import pytest
from platform_files import FIXTURES, rejected
from reported import REPORTED, interactions, needs_samples, notes, outcomes_of, records

from loaders.parsing import times
from loaders.parsing.fields import identifier, number_id, visible
from loaders.parsing.notes import take
from loaders.reading.checking import handle
from loaders.records import Profile, Reason, RecordError

BERLIN = times.zone("Europe/Berlin")
ZERO_TIMES = ("c24_zero_time [700000000000000124].csv", "c24b_zero_time.json")


@needs_samples
def test_counts_that_are_none_are_set_aside() -> None:
    found = outcomes_of("b2b_tiktok.json")
    (without_time,) = rejected(found)
    assert without_time.reason == Reason.TIME_OUT_OF_RANGE  # create_time 0
    assert len(interactions(found)) == 4
    assert {(note.kind, note.field) for note in notes(found)} == {
        ("set_aside", "digg_count"),
        ("set_aside", "reply_comment_total"),
    }


@needs_samples
def test_ids_that_a_spreadsheet_changed_are_nobody() -> None:
    found = outcomes_of("c11_excel [700000000000000111].csv")
    assert [reject.reason for reject in rejected(found)] == [Reason.INVALID_ID] * 3


@needs_samples
@pytest.mark.parametrize("sample", ZERO_TIMES)
def test_a_time_before_discord_is_rejected(sample: str) -> None:
    found = outcomes_of(sample, timezone=BERLIN)
    (reject,) = rejected(found)
    assert reject.reason == Reason.TIME_OUT_OF_RANGE
    assert all(record.occurred_at for record in interactions(found))


@needs_samples
def test_a_nul_in_a_text_is_removed() -> None:
    found = outcomes_of("discord_csv_nul.csv", timezone=UTC)
    (message,) = interactions(found)
    assert message.text == "beforeafter"
    assert [note.kind for note in notes(found)] == ["repaired"]


@needs_samples
def test_what_shows_nothing_is_no_name() -> None:
    named = records(outcomes_of("b5_names.ndjson"))
    profiles = {
        (record.actor_id, record.username, record.display_name)
        for record in named
        if isinstance(record, Profile)
    }
    assert profiles == {
        ("e1", None, "Ann Shown"),
        ("e2", None, "Ben Shown"),
        ("e3", "carl", None),
        ("e3", None, None),
    }
    chat = records(outcomes_of("b5b_tg_names.json"))
    assert not [one for one in chat if isinstance(one, Profile) and one.display_name]


@needs_samples
def test_no_byte_order_mark_ends_a_text() -> None:
    (comment,) = interactions(outcomes_of("yt_uci_bom.csv"))
    assert comment.text == "Nice"


@needs_samples
@pytest.mark.parametrize("sample", ["c30_null.ndjson", "c32_counters.ndjson"])
def test_what_is_right_stays_so(sample: str) -> None:
    found = outcomes_of(sample)
    assert found and not rejected(found) and not notes(found)


def test_a_part_that_is_bad_costs_the_part() -> None:
    found = outcomes_of(FIXTURES / "discord" / "set_aside" / "parts.json")
    kinds = [one.native_type for one in interactions(found)]
    assert kinds == ["Default", "mention", "reaction"]


MANGLED = (
    *("6.5E+17", "6,5E+17", "1e+20", "1,234", "650,000,000", "650000000000000001.0"),
    *("01-Jan-01", "3-Mar", "#NUM!", "#REF!"),
)
IDS = (
    *("650000000000000001", "1e10", "a,b", "1.0", "1.5", "2026-01-01", "mid.$c", "1:2", "#tag"),
    *("-100123", "12_34", "12,34", "jan-01", "7e15b"),
)


@pytest.mark.parametrize("value", MANGLED)
def test_a_changed_id_is_rejected(value: str) -> None:
    with pytest.raises(RecordError, match="spreadsheet") as caught:
        identifier(value, "id")
    assert caught.value.reason == Reason.INVALID_ID


@pytest.mark.parametrize("value", IDS)
def test_an_unusual_id_is_one(value: str) -> None:
    assert identifier(value, "id") == value


def test_a_number_is_made_of_digits() -> None:
    assert number_id(650000000000000001, "id") == "650000000000000001"
    with pytest.raises(RecordError, match="digits"):
        number_id("iris", "id")


@pytest.mark.parametrize(
    "value", ["", " ", "\t\n", "\u00a0", "\u200b", "\u2060\u200b", "\ufeff", "\u3000", "\u2800"]
)
def test_blanks_are_no_name(value: str) -> None:
    assert visible(value) is None
    assert handle(value) is None
    assert handle(f"@{value}") is handle(f"@{value}", True) is None


def test_names_keep_what_they_have() -> None:
    for value in ("a", "Ann Shown", "👩‍👩‍👧", "\u200bx", "0", "\u202eשלום\u202c"):
        assert visible(value) == value
    assert (handle("@x"), handle("x"), handle(" @x ")) == ("x", "x", "x")
    assert (handle("@x", True), handle("x", True)) == ("@x", "x")
    assert not take()


def test_reported_samples_are_found_where_they_are() -> None:
    assert REPORTED.parts[-3:] == ("shared", "samples", "reported")

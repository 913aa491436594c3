"""What Discord's CSV exports say; the JSON ones are in `test_platforms`."""

from __future__ import annotations

import pytest
from platform_files import by_id, records_of

from loaders.platforms.discord_csv import Channel, channel_of
from loaders.records import Counter, Interaction, Post

OLD = "discord/valid/Garden - general [1000000901] [part 2].csv"


def test_rows_are_messages() -> None:
    told = [record for record in records_of(OLD) if isinstance(record, Interaction)]
    assert [message.actor_id for message in told] == ["1", "4", "1", "1"]
    assert told[0].text == 'one; two, and "three"\non two lines'
    assert [str(message.occurred_at)[:16] for message in told[:2]] == [
        "2019-12-05 18:51",
        "2019-12-05 00:05",
    ]
    assert {message.time_precision for message in told} == {"minute"}
    assert told[1].actor_kind == "deleted"
    assert {message.post_id for message in told} == {"1000000901"}
    assert len(by_id(OLD)) == 4  # two of them alike
    counters = {r.native_metric: r for r in records_of(OLD) if isinstance(r, Counter)}
    assert {name: told.value for name, told in counters.items()} == {
        "reaction:👍": 2,
        "reaction:sprout": 11,
    }
    assert counters["reaction:👍"].post_id == told[0].native_id


def test_without_a_channel() -> None:
    records = records_of("discord/valid/commas.csv")
    told = [record for record in records if isinstance(record, Interaction)]
    assert [(message.post_id, message.time_precision) for message in told] == [
        ("declared", "second"),
        ("declared", "minute"),
        ("declared", "minute"),
    ]
    assert [str(message.occurred_at)[:16] for message in told] == [
        "2026-03-01 02:10",
        "2021-04-22 15:17",
        "2021-12-11 15:17",
    ]
    assert [r.title for r in records if isinstance(r, Post)][:1] == ["commas"]
    assert records_of("discord/valid/header_only.csv") == []


@pytest.mark.parametrize(
    ("source", "account", "expected"),
    [
        (
            "a/Garden - Text - general [123456].csv",
            "9",
            ("123456", "Garden - Text - general [123456]"),
        ),
        ("x [1] (part 2) [654321].csv.gz", None, ("654321", "x [1] (part 2) [654321]")),
        ("C:\\exports\\530805775262679064.csv", "9", ("530805775262679064",) * 2),
        ("general.csv", "9", ("9", "general")),
        ("2019.csv", None, (None, "2019")),
    ],
)
def test_channels_come_from_names(
    source: str, account: str | None, expected: tuple[str | None, str]
) -> None:
    assert channel_of(source, account) == Channel(*expected)

"""Records of Discord's CSV exports; those of the JSON are in `test_platform_examples`."""

from __future__ import annotations

import json

import pytest
from platform_files import FIXTURES, apply, by_id, format_of, landed, records_of, rejected

from loaders.parsing.formats import Context, Format
from loaders.parsing.notes import Note
from loaders.parsing.times import zone
from loaders.platforms.discord.channel import declares, title_of
from loaders.platforms.discord.csv_export import FORMATS
from loaders.records import Counter, Interaction, Landed, Post, Profile, Reason

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
    assert [r.title for r in records_of(OLD) if isinstance(r, Post)][:1] == ["general"]


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
    assert [r.title for r in records if isinstance(r, Post)][:1] == ["declared"]
    assert records_of("discord/valid/header_only.csv") == []


@pytest.mark.parametrize(
    ("source", "account", "expected"),
    [
        ("a/Garden - Text - general [123456].csv", "9", {"channel": "123456"}),
        ("x [1] (part 2) [654321].csv.gz", None, {"channel": "654321"}),
        ("a/Garden - general [123456] [part 2].csv", None, {"channel": "123456"}),
        ("C:\\exports\\beans\\007.csv", None, {"channel": "beans", "part": "7"}),
        ("a/beans/7.csv.gz", "9", {"channel": "9", "part": "7"}),
        ("a/general.csv", "9", {"channel": "9"}),
        ("a/beans/General (1).csv", None, {"channel": "beans", "part": "general"}),
        ("a/beans.zip/3.csv", None, {"channel": "beans", "part": "3"}),
        ("2019.csv", None, {}),
    ],
)
def test_where_a_file_stands_names_its_channel(
    source: str, account: str | None, expected: dict[str, str]
) -> None:
    assert declares(source, account) == expected


def test_titles_of_channels() -> None:
    assert title_of("a/Garden - Text - general [123456].csv", "123456") == "general"
    assert title_of("a/[123456].csv", "123456") == "[123456]"
    assert title_of("a/beans/7.csv", "beans") == "beans"


COMMAS, SEMICOLONS = FORMATS
HEADER = "AuthorID,Author,Date,Content,Attachments,Reactions"


def ids(
    *rows: str, name: str = "pond [123456].csv", context: Context | None = None
) -> list[str]:
    """The ids of the messages of a file with these rows."""
    content = "\n".join((HEADER, *rows)).encode()
    found = landed(apply(content, COMMAS, context or Context(timezone=zone("UTC")), name))
    return [record.native_id for record in found if isinstance(record, Interaction)]


def test_the_channel_and_the_instant_identify() -> None:
    spellings = (
        "2026-03-01T10:15:48.3790000+00:00",
        "2026-03-01T10:15:48.379Z",
        "2026-03-01T13:15:48.3791234+03:00",
        "2026-03-01 10:15:48.379",
        "\u202f01.03.2026\u00a010:15:48,379\u200e",
    )
    for first, second in (("", ""), (".000", "")):
        assert ids(f"1,una,2026-03-01T10:15:48{first}Z,a,,") == ids(
            f"1,una,2026-03-01T10:15:48{second}+00:00,a,,"
        )
    assert len({tuple(ids(f'1,una,"{spelled}",first,,')) for spelled in spellings}) == 1
    (one,) = ids("1,una,2026-03-01T10:15:48.379Z,first,,")
    assert ids("1,una,2026-03-01T10:15:48.379Z,first (edited),,") == [one]
    assert ids("1,una,2026-03-01T10:15:48.380Z,first,,") != [one]
    assert ids("1,una,2026-03-01T10:15:48.379Z,first,,", name="pond [654321].csv") != [one]
    assert len(set(ids(*["1,una,2026-03-01T10:15:48.379Z,first,,"] * 3))) == 3


def test_parts_belong_to_the_scope_of_keys_and_partitions_do_not() -> None:
    row = "1,una,05-Dec-19 06:51 PM,tip received,,"
    other = "1,una,05-Dec-19 06:50 PM,before,,"
    places = ("a/alpha/1.csv", "a/alpha/2.csv", "a/beta/1.csv", "a/x [123456].csv")
    assert len({tuple(ids(row, name=place)) for place in places}) == 4
    assert ids(row, name="a/alpha/1.csv") == ids(row, name="b/alpha/001.csv")
    whole = ids(other, row, name="y [123456].csv")
    part = ids(other, row, name="x [123456] [part 2].csv")
    assert whole[1] == part[1]
    assert whole[0] != part[0]  # where the channel was split, equal rows are two messages
    exact = "1,una,2026-03-01T10:15:48.379Z,first,,"
    assert ids(exact, name="y [123456].csv") == ids(exact, name="x [123456] [part 2].csv")


def test_counts_belong_to_the_one_of_equal_messages_that_has_them() -> None:
    row = "1,una,2026-03-01T10:15:48.379Z,first,,"
    content = "\n".join((HEADER, row, row + "sprout (2)")).encode()
    found = landed(apply(content, COMMAS, Context(), "pond [123456].csv"))
    (counter,) = (record for record in found if isinstance(record, Counter))
    told = [record.native_id for record in found if isinstance(record, Interaction)]
    assert counter.post_id == told[1] != told[0]
    assert {record.post_id for record in found if isinstance(record, Post)} == {
        "123456",
        told[1],
    }


def test_the_shared_account_of_deleted_people_is_nobody() -> None:
    rows = (
        "456226577798135808,Deleted User#0000,2026-03-01T10:15:48.379Z,a,,",
        "12,Deleted User 1a2b3c4d#0001,2026-03-01T10:15:49.379Z,b,,",
        "13,undeleted user,2026-03-01T10:15:50.379Z,c,,",
    )
    content = "\n".join((HEADER, *rows)).encode()
    found = landed(apply(content, COMMAS, Context(), "pond [123456].csv"))
    told = [record for record in found if isinstance(record, Interaction)]
    assert [(message.actor_id, message.actor_kind) for message in told] == [
        (None, "deleted"),
        ("12", "deleted"),
        ("13", None),
    ]


BERLIN = zone("Europe/Berlin")


@pytest.mark.parametrize(
    ("dates", "order", "expected"),
    [
        (("06.10.2023 00:37",), None, ("2023-10-05 22:37",)),
        (("06/10/2023 00:37", "27/10/2023 13:05"), None, ("2023-10-05 22:37", None)),
        (("10/6/2023 12:37 AM", "10/27/2023 1:05 PM"), None, ("2023-10-05 22:37", None)),
        (("06/10/2023 00:37",), "dmy", ("2023-10-05 22:37",)),
        (("10/06/2023 00:37",), "mdy", ("2023-10-05 22:37",)),
        (("2023/10/06 00:37",), None, ("2023-10-05 22:37",)),
        (("2023. 10. 06. 0:37",), None, ("2023-10-05 22:37",)),
        (("6. 10. 2023. 0:37",), None, ("2023-10-05 22:37",)),
        (("06.10.2023 00.37",), "mdy", ("2023-10-05 22:37",)),
        (("06/10/2023 00:37", "27/10/2023 13:05"), "mdy", ("2023-10-05 22:37", None)),
        (("06-Oct-23 12:37\u202fAM",), None, ("2023-10-05 22:37",)),
    ],
)
def test_one_date_settles_the_file(
    dates: tuple[str, ...], order: str | None, expected: tuple[str | None, ...]
) -> None:
    context = Context(timezone=BERLIN, date_order="mdy" if order == "mdy" else None)
    context = Context(timezone=BERLIN, date_order="dmy") if order == "dmy" else context
    content = "\n".join([HEADER, *(f'1,una,"{date}",a,,' for date in dates)]).encode()
    found = landed(apply(content, COMMAS, context, "pond [123456].csv"))
    told = [str(r.occurred_at)[:16] for r in found if isinstance(r, Interaction)]
    assert len(told) == len(dates)
    for one, wanted in zip(told, expected, strict=True):
        assert wanted is None or one == wanted


@pytest.mark.parametrize(
    "dates",
    [
        ("06/10/2023 00:37",),
        ("4/5/2023 3:17 PM",),
        ("06/10/2023 00:37", "27/10/2023 13:05", "10/27/2023 13:05"),
    ],
)
def test_dates_that_nothing_settles_are_rejected(dates: tuple[str, ...]) -> None:
    content = "\n".join([HEADER, *(f'1,una,"{date}",a,,' for date in dates)]).encode()
    (reject,) = rejected(apply(content, COMMAS, Context(timezone=BERLIN), "pond [123456].csv"))
    assert reject.reason == Reason.INVALID_TIME
    assert "--date-order dmy or mdy" in reject.detail


@pytest.mark.parametrize("fmt", FORMATS, ids=lambda fmt: fmt.name)
def test_files_of_no_rows(fmt: Format) -> None:
    assert apply(b"", fmt) == []
    assert apply(HEADER.replace(",", fmt.container.delimiter).encode(), fmt) == []  # type: ignore[union-attr]


WORDS = "discord/valid/words.json"


def test_a_message_has_all_words_that_it_passes_on() -> None:
    told = [one for one in records_of(WORDS) if isinstance(one, Interaction)]
    assert [one.text for one in told if one.native_type == "Default"] == [
        "Frost tonight, see GDN-4",
        "look\nWeather\nLow\n-3",
        "Reminder\nWater the beds\nWho\nfern",
        "https://example.com",
        "Beans or peas?",
        "gone",
    ]
    assert {one.parent_id for one in told[:5]} == {None}
    assert told[1].metadata == {"forwarded_from_id": "message:2901"}
    payload = json.loads(told[3].payload or b"{}")
    assert (payload["embeds"][0]["title"], payload["stickers"][0]["name"]) == (
        "A page",
        "sprout",
    )


def test_deleted_people_share_one_account_that_is_nobody() -> None:
    told = [one for one in records_of(WORDS) if isinstance(one, Interaction)]
    gone = [one for one in told if one.actor_kind == "deleted"]
    assert [(one.native_type, one.actor_id) for one in gone] == [
        ("Default", None),
        ("reaction", None),
        ("reaction", None),
    ]
    assert len({one.native_id for one in gone}) == 3
    profiles = {one.actor_id for one in records_of(WORDS) if isinstance(one, Profile)}
    assert profiles == {"1", "5"}
    (counter,) = (one for one in records_of(WORDS) if isinstance(one, Counter))
    assert (counter.post_id, counter.value) == ("message:3006", 40)


def test_what_is_not_read_is_said() -> None:
    path = FIXTURES / WORDS
    found = apply(path.read_bytes(), format_of(path))
    notes = [remark for out in found if isinstance(out, Landed) for remark in out.notes]
    assert notes == [
        Note("passed_over", "poll.answers", "is not read"),
        Note("passed_over", "interaction", "is not read"),
    ]


def test_a_list_that_comes_twice_costs_the_record_at_most() -> None:
    path = FIXTURES / WORDS
    content = path.read_bytes().replace(b'"content": "gone"', b'"stickers": [1, 2, {"id": []}]')
    twice = content.replace(b'"interaction": {"id": "1", "name": "/ask"}', b'"stickers": []')
    assert twice != content
    found = apply(twice, format_of(path))
    assert [out.line_no for out in found] == [1, 2, 3, 4, 5, 6]
    assert len(rejected(found)) <= 1

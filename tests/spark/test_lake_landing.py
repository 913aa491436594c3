"""A lake holds of a file what PostgreSQL holds of it: every raw row, whatever landed before."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from command_line import Console
from copies import ROOT
from discord_exports import EXPORTS, write
from lake_rows import differences, of_lake, of_postgres
from platform_files import FIXTURES

from loaders.exchange import mapping
from warehouse import loading
from warehouse.lake.export import export
from warehouse.lake.layout import Lake
from warehouse.lake.sink import ParquetSink
from warehouse.loading import Declared

pytestmark = [pytest.mark.first_build, pytest.mark.usefixtures("needs_spark")]

SAMPLES = ROOT.parent / "shared" / "samples"


@pytest.fixture
def empty(session: psycopg.Connection) -> psycopg.Connection:
    """A database in which nothing has landed."""
    session.execute("truncate raw.loads, raw.rejects cascade")
    for table in ("interactions", "profiles", "posts", "counters", "content"):
        session.execute(f"truncate raw.{table}")
    session.execute("truncate raw.identity_evidence, raw.decisions")
    return session


@pytest.fixture
def both(empty: psycopg.Connection, tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Lands files in a database and in a lake; at the end all raw rows are compared."""
    folder = tmp_path / "lake"
    with ParquetSink.open(folder) as sink:

        def land(paths: list[Path] | Path, declared: Declared) -> None:
            named = paths if isinstance(paths, list) else [paths]
            names = loading.find([str(path) for path in named])
            ours = [_told(each) for each in loading.load(empty, names, declared)]
            theirs = [_told(each) for each in loading.load(sink, names, declared)]
            assert theirs == ours

        yield land
    assert differences(of_postgres(empty), of_lake(Lake(folder))) == []


def _told(result: loading.Result) -> Any:
    """Return what people are told of a document, but for ids and times."""
    load = result.load
    return (
        result.name,
        result.problem,
        result.companion,
        load
        and (
            *(load.is_new, load.n_in, load.n_landed, load.n_rejected, load.n_suppressed),
            *(load.reasons, load.notes, load.unnamed_count),
        ),
    )


def test_every_file_lands_alike(
    both: Callable[..., None], empty: psycopg.Connection, tmp_path: Path
) -> None:
    folders = [FIXTURES, ROOT / "samples", *([SAMPLES] if SAMPLES.exists() else [])]
    told = Declared("all", account="me", timezone="Europe/Berlin")
    for folder in folders:
        both(folder, Declared("all"))  # nothing is declared, as people forget
    for folder in folders:
        both(folder, told)  # replaces what had said less
    both(FIXTURES, told)  # has landed before
    both(FIXTURES, Declared("other"))
    counts = empty.execute(
        "select count(*), count(*) filter (where n_rejected > 0) from raw.loads"
    ).fetchone()
    assert counts is not None
    assert min(counts) > 20
    exported = tmp_path / "exported"
    export(empty, exported)
    assert differences(of_lake(Lake(exported)), of_lake(Lake(tmp_path / "lake"))) == []


def test_newer_exports_of_a_channel(both: Callable[..., None], tmp_path: Path) -> None:
    for number, order in enumerate(itertools.permutations(range(len(EXPORTS)))):
        for day in order:
            path = tmp_path / f"{day}.json"
            write(path, day + 1, EXPORTS[day])
            both(path, Declared(f"channel-{number}"))


VIEWS = (
    '[columns]\nNo = "id"\nWho = "actor_id"\nWhen = "occurred_at"\n'
    '[constants]\nplatform = "forum"\ntype = "view"\n'
)


def test_maps_in_turn(both: Callable[..., None], tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("No,Who,When\n1,ann,2026-03-01T10:00Z\n2,bo,2026-03-01T11:00Z\n3,cy,x\n")
    charts = []
    for name, text in (
        ("views", VIEWS),
        ("likes", VIEWS.replace("view", "like") + '[values.id]\n"2" = "two"\n'),
    ):
        chart = tmp_path / f"{name}.toml"
        chart.write_text(text)
        charts.append(mapping.read(chart))
    for number in (0, 1, 0, 0, 1, 0):
        both(path, Declared("mapped", map=charts[number]))


CHANNEL = """\
AuthorID,Author,Date,Content,Attachments,Reactions
700000000000000001,ann,2026-03-01T10:00:00+00:00,hello,,
700000000000000002,bob,2026-03-01T10:01:00+00:00,hello,,
"""


def test_a_load_that_moves_to_another_channel(
    both: Callable[..., None], tmp_path: Path
) -> None:
    for folder in ("pond", "shore"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "1.csv").write_text(CHANNEL)
    both([tmp_path / "pond", tmp_path / "shore"], Declared("moved"))
    for account in ("700000000000000003", None):
        both(tmp_path / "pond", Declared("moved", account=account))


AS_BEFORE = """
update raw.interactions set native_id = case
    when platform = 'discord' then 'message:old' || native_id
    when platform in ('tiktok', 'linkedin', 'x') then 'old:' || native_id
    when native_type = 'reaction' then native_id || ':' || native_kind
    else native_id end
"""
FORMER = [
    "discord/valid/export.csv", "telegram/valid/result.json", "tiktok/valid/user_data.json",
    "linkedin/valid/Comments.csv", "linkedin/valid/Reactions.csv", "x/valid/like.js",
    "x/valid/follower.js", "facebook/valid/comments.json", "instagram/valid/liked_posts.json",
]  # fmt: skip


def test_what_earlier_versions_landed_under_other_ids(
    empty: psycopg.Connection, tmp_path: Path
) -> None:
    """Their loads come by an export; what lands then takes their rows back."""
    names = [name for name in FORMER if (FIXTURES / name).exists()]
    assert len(names) > 4
    declared = Declared("former", account="me", timezone="UTC")

    def files(end: bytes) -> list[str]:
        folder = tmp_path / f"of {len(end)}"
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((FIXTURES / name).read_bytes() + end)
        return [str(folder)]

    list(loading.load(empty, loading.find(files(b"")), declared))
    empty.execute(AS_BEFORE)
    empty.execute(
        "update raw.loads set documented_at = null, options = null,"
        " content_sha256 = content_sha256 || 'x'"
    )
    lake = Lake(tmp_path / "lake")
    export(empty, lake.folder)
    again = loading.find(files(b"\n"))
    list(loading.load(empty, again, declared))
    with ParquetSink.open(lake.folder) as sink:
        list(loading.load(sink, again, declared))
    assert differences(of_postgres(empty), of_lake(lake)) == []
    found = empty.execute(
        "select count(*) from raw.interactions where is_retracted and platform <> 'web'"
    ).fetchone()
    assert found is not None
    assert found[0] > 10


def test_who_opted_out_is_counted_and_not_stored(
    empty: psycopg.Connection, tmp_path: Path
) -> None:
    empty.execute(
        "insert into raw.decisions (workspace_id, platform, actor_id, decision, decided_by)"
        " values ('acme', 'web', 'u1', 'opted_out', 'test')"
    )
    lake = Lake(tmp_path / "lake")
    path = tmp_path / "some.ndjson"
    path.write_bytes(b"".join(_line(number) for number in range(3)))
    list(loading.load(empty, [str(path)], Declared("other")))
    export(empty, lake.folder)
    with ParquetSink.open(lake.folder) as sink:
        (done,) = loading.load(
            sink, [str(path)], Declared("acme"), suppression=sink.suppression
        )
    assert done.load is not None
    assert (done.load.n_landed, done.load.n_suppressed) == (2, 1)
    rows = of_lake(lake)["interactions"]
    assert sorted(row["actor_id"] for row in rows) == ["u0", "u0", "u1", "u2", "u2"]


def _line(number: int) -> bytes:
    record = {
        "record": "interaction",
        "platform": "web",
        "id": f"c{number}",
        "type": "comment",
        "actor_id": f"u{number}",
        "occurred_at": "2026-03-01T10:00:00Z",
    }
    return json.dumps(record).encode() + b"\n"


def test_the_command_says_of_a_lake_what_it_says_of_a_database(
    warehouse: Console, empty: psycopg.Connection, tmp_path: Path
) -> None:
    path, lake = tmp_path / "some.ndjson", tmp_path / "lake"
    path.write_bytes(b"".join(map(_line, range(3))) + b"{broken\n")
    of_lake_ = ("--lake", lake)
    for options in ((), ("--answer", "json"), ("--log", "json")):
        ours = warehouse("load", path, "-w", "acme", *options)
        theirs = warehouse("load", path, "-w", "acme", *options, *of_lake_)
        assert theirs.code == ours.code
        if not options:
            assert theirs.out == ours.out
    answers = [
        json.loads(warehouse("load", path, "-w", "acme", "--answer", "json", *place).out)
        for place in ((), of_lake_)
    ]
    assert answers[0] == answers[1]
    assert answers[0]["errors"]

"""Sentiment labels for texts that came without one, as landed rows of their own.

Source: raw.interactions of loads that this labeler has not read yet; a word of the source
        that seeds/sentiment_mappings.csv does not name is no label.
Shape:  one load of raw.labels per workspace and platform, in one transaction with the note of
        what has been read; killed anywhere, it is wholly there or not at all.
Units:  counts of texts.
Errors: those of the database.

A label names the text that it belongs to by its fingerprint, so it does not outlive an edit;
a newer version of the labeler reads everything again, and its labels stand beside the old.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import psycopg

from warehouse import state

FORMAT = "labels"
BATCH = 5_000

PENDING = """
select lds.workspace_id, lds.platform, array_agg(lds.load_id order by lds.load_id)
from raw.loads as lds
where
    lds.committed_at is not null
    and lds.format <> %(format)s
    and (%(workspace)s::text is null or lds.workspace_id = %(workspace)s)
    and not exists (
        select from raw.labelled_loads as lbl
        where
            lbl.load_id = lds.load_id
            and lbl.labeler = %(labeler)s
            and lbl.labeler_version = %(version)s
    )
group by lds.workspace_id, lds.platform
order by lds.workspace_id, lds.platform"""

CLAIM = """
insert into raw.labelled_loads (load_id, labeler, labeler_version)
select unnest(%(loads)s::bigint[]), %(labeler)s, %(version)s
on conflict do nothing
returning load_id"""

# the platform of a record, which is not always that of its load
TEXTS = """
select distinct on (platform, native_id, md5(text))
    platform,
    native_id,
    md5(text) as text_fingerprint,
    text
from raw.interactions
where
    load_id = any(%(loads)s::bigint[])
    and text <> ''
    and (sentiment is null or sentiment <> all(%(words)s::text[]))
    and not is_retracted
order by platform, native_id, md5(text)"""

COPY = """
copy raw.labels (
    load_id, line_no, workspace_id, platform, native_id, text_fingerprint,
    labeler, labeler_version, language, score, sentiment
) from stdin"""


@dataclass(frozen=True)
class Label:
    """What a labeler says of a text: positive, neutral or negative, its language, a number."""

    sentiment: str
    language: str
    score: float


class Labeler(Protocol):
    """What labels a text: `name` and `version` say who, none is no label."""

    name: str
    version: str

    def label(self, text: str) -> Label | None: ...


@dataclass(frozen=True)
class Labelled:
    """What came of one workspace's platform."""

    workspace_id: str
    platform: str
    text_count: int
    label_count: int


def label(
    session: psycopg.Connection,
    labeler: Labeler,
    workspace: str | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Iterator[Labelled]:
    """Label what has not been read; each platform is committed before the next begins.

    `on_progress` is told now and then how many more texts have been read.
    """
    names = {"labeler": labeler.name, "version": labeler.version}
    pending = session.execute(
        PENDING, {**names, "format": FORMAT, "workspace": workspace}
    ).fetchall()
    for workspace_id, platform, loads in pending:
        with session.transaction():
            claimed = session.execute(CLAIM, {**names, "loads": loads}).fetchall()
            ids = sorted(load_id for (load_id,) in claimed)
            if not ids:  # somebody else has just read them
                continue
            done = _label(
                session, labeler, workspace_id, platform, ids, on_progress=on_progress
            )
        if done.text_count:
            yield done


def _mapped_words() -> list[str]:
    """The words of sources that say what a text's sentiment is; any other says nothing."""
    seed = state.project_root() / "seeds" / "sentiment_mappings.csv"
    with seed.open(encoding="utf-8-sig", newline="") as stream:
        return [row["native_sentiment"] for row in csv.DictReader(stream)]


def _label(
    session: psycopg.Connection,
    labeler: Labeler,
    workspace_id: str,
    platform: str,
    loads: list[int],
    *,
    on_progress: Callable[[int], None] | None,
) -> Labelled:
    """Label the texts of some loads, as one load; without a label there is none."""
    load_id: int | None = None
    text_count = label_count = 0
    with session.cursor("texts") as texts:
        texts.execute(TEXTS, {"loads": loads, "words": _mapped_words()})
        while batch := texts.fetchmany(BATCH):
            text_count += len(batch)
            found = [(row, labeler.label(row[3])) for row in batch]
            if any(said for _, said in found):
                if load_id is None:
                    load_id = _begin(session, labeler, workspace_id, platform, loads)
                with session.cursor() as cursor, cursor.copy(COPY) as copy:
                    for (on, native_id, text_fingerprint, _), said in found:
                        if said is not None:
                            label_count += 1
                            copy.write_row(
                                (
                                    load_id,
                                    label_count,
                                    workspace_id,
                                    on,
                                    native_id,
                                    text_fingerprint,
                                    labeler.name,
                                    labeler.version,
                                    said.language,
                                    said.score,
                                    said.sentiment,
                                )
                            )
            if on_progress is not None:
                on_progress(len(batch))
    session.execute(
        "update raw.loads set n_in = %(count)s, n_landed = %(count)s,"
        " committed_at = clock_timestamp() where load_id = %(load_id)s",
        {"count": label_count, "load_id": load_id},
    )
    return Labelled(workspace_id, platform, text_count, label_count)


def _begin(
    session: psycopg.Connection,
    labeler: Labeler,
    workspace_id: str,
    platform: str,
    loads: list[int],
) -> int:
    said = f"{labeler.name} {labeler.version}"
    digest = hashlib.sha256(f"{said} {loads}".encode()).digest()
    row = session.execute(
        "insert into raw.loads (workspace_id, platform, format, source_name, content_sha256)"
        " values (%s, %s, %s, %s, %s) returning load_id",
        (workspace_id, platform, FORMAT, said, digest),
    ).fetchone()
    assert row is not None
    load_id: int = row[0]
    return load_id

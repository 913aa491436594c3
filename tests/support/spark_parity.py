"""Builds of the same data on PostgreSQL and on Spark, compared row by row.

Source: the samples and random histories with edits, retractions, late deliveries, labels,
        decisions and a purge.
Shape:  a result per comparison; the sentence that `make spark-parity` shows last.
Errors: AssertionError where a build fails.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from copies import ROOT, copy_project
from landed_history import Landed, configure, decide, land_labels, land_load
from model_builds import ModelBuilds
from needs_spark import SENTENCE
from psycopg import sql
from psycopg.rows import dict_row
from random_histories import AS_OF, PLATFORMS, history
from relation_comparison import difference

from warehouse import loading
from warehouse.connection import Target
from warehouse.lake.build import OF_POSTGRESQL, build
from warehouse.lake.export import export
from warehouse.purge import purge

RUNS = 2
OF_SAMPLES = "samples"  # their workspace
RETENTION_DAYS = 90
SCHEMAS = ("staging", "core", "marts")


@dataclass
class Compared:
    """The relations that were compared, and a sentence for each that differs."""

    names: list[str] = field(default_factory=list)
    with_rows: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Return how many are equal."""
        equal = len(self.names) - len(self.differences)
        return (
            f"{equal} of {len(self.names)} relations are equal, {len(self.with_rows)} have rows"
        )


RESULTS: dict[str, Compared] = {}  # by what was compared


def compare(session: psycopg.Connection, spark: Any) -> Compared:
    """Compare every relation of the models."""
    found = Compared()
    names = session.execute(
        "select schema_name, model_name from raw.model_progress"
        " where schema_name = any(%s) order by 1, 2",
        (list(SCHEMAS),),
    ).fetchall()
    for schema, name in names:
        if name in OF_POSTGRESQL:
            continue
        relation = f"{schema}.{name}"
        with session.cursor(row_factory=dict_row) as cursor:
            cursor.execute(sql.SQL("table {}").format(sql.Identifier(schema, name)))
            ours = cursor.fetchall()
            documents = {
                column.name for column in cursor.description or () if column.type_code == JSONB
            }
        try:
            theirs = spark.table(relation).toArrow().to_pylist()
        except Exception as error:  # whatever Spark says of a view
            told: str | None = f"{relation}: {str(error).splitlines()[0]}"
        else:
            told = difference(relation, documents, ours, theirs)
        found.names.append(relation)
        if ours:
            found.with_rows.append(relation)
        if told is not None:
            found.differences.append(told)
    return found


JSONB = psycopg.postgres.types["jsonb"].oid


def project_with_seeds(session: psycopg.Connection, folder: Path) -> Path:
    """Copy the project with the rows that the seeds have in the database."""
    project = copy_project(folder)
    for file in (project / "seeds").glob("*.csv"):
        with session.cursor() as cursor:
            cursor.execute(sql.SQL("table {}").format(sql.Identifier("seeds", file.stem)))
            with file.open("w", encoding="utf-8", newline="") as stream:
                writer = csv.writer(stream)
                writer.writerow([column.name for column in cursor.description or ()])
                writer.writerows(cursor)
    return project


def compare_builds(
    title: str, session: psycopg.Connection, folder: Path, as_of: datetime, master: str
) -> Path:
    """Export, build on Spark as of the same instant, compare everything; return the lake."""
    export(session, folder / "lake")
    project = project_with_seeds(session, folder / "project")
    compared: list[Compared] = []
    built = build(
        folder / "lake",
        master=master,
        as_of=as_of.isoformat(),
        project=project,
        look=lambda spark: compared.append(compare(session, spark)),
    )
    assert built.failures == ()
    (RESULTS[title],) = compared
    lines = [line for each in RESULTS.values() for line in each.differences]
    lines.append("; ".join(f"{name}: {each}" for name, each in RESULTS.items()) + ".")
    SENTENCE.write_text("\n".join([*lines, ""]), "utf-8")
    return folder / "lake"


def land_histories(target: Target, session: psycopg.Connection, seeds: Iterable[int]) -> None:
    """Land random histories and the samples in runs, with a purge between them."""
    items = [history(seed) for seed in seeds]
    builds = ModelBuilds(target)
    builds.invoke(AS_OF, "seed")
    configure(session, items)
    session.execute("delete from seeds.retention")
    session.cursor().executemany(
        "insert into seeds.retention values (%s, %s)",
        [(platform, RETENTION_DAYS) for platform in PLATFORMS if platform != "discord"],
    )
    landed = [Landed(item) for item in items]
    for each in landed:
        decide(session, each.history)
    samples = [str(path) for path in (ROOT / "samples").iterdir() if path.is_file()]
    list(loading.load(session, loading.find(samples), loading.Declared(OF_SAMPLES)))
    for run_seq in range(1, RUNS + 1):
        for each in landed:
            for load in each.history.loads:
                if min(load.run_seq, RUNS) == run_seq:
                    land_load(session, each, load)
            land_labels(session, each, run_seq)
        builds.build(AS_OF)
        if run_seq < RUNS:
            purge(session)
    builds.build(AS_OF, rebuild=True)

"""One Spark session over a lake, in which dbt builds.

Source: the raw tables of a lake; the folder of a build.
Shape:  a context: Spark runs within it, with tables `raw.*` over the lake's files. The catalog
        is in memory: what a build leaves is files.
Units:  instants are in UTC, written to the microsecond.
Errors: WarehouseError where Java is missing or Spark does not start.
"""

from __future__ import annotations

import logging
import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.errors import WarehouseError
from warehouse.lake import cluster, extra
from warehouse.lake.layout import LOADS, RAW, TABLES, Lake, columns
from warehouse.lake.spills import new_spill

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ANSI = "spark.sql.ansi.enabled"
# dbt-spark and the session must agree: a view remembers the settings that it was made with
SETTINGS = {
    ANSI: "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.sources.default": "parquet",
}
REJECTS = "rejects"
BEHIND_VIEWS = {
    LOADS: "landed_loads",
    "decisions": "all_decisions",
    REJECTS: "all_rejects",
}


@contextmanager
def session(lake: Lake, build: Path, master: str) -> Iterator[SparkSession]:
    """Start Spark with its tables in the folder of a build, and stop it at the end."""
    extra.require("pyspark", "dbt.adapters.spark")
    os.environ["JAVA_HOME"] = str(extra.require_java())
    with warnings.catch_warnings(action="ignore"):  # of pandas, which nothing here uses
        from pyspark.sql import SparkSession  # noqa: PLC0415 (an extra)
    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # dbt says it, in one line
    os.environ.setdefault("SPARK_HOME", str(cluster.home()))
    if master.startswith("local"):  # workers of other machines would look for themselves there
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    builder: Any = SparkSession.builder.master(master).appName("engagement warehouse")
    spill = new_spill(lake)
    for name, value in _settings(build, spill, master).items():
        builder = builder.config(name, value)
    try:
        with _java_unheard():
            spark: SparkSession = builder.getOrCreate()
    except Exception as error:  # whatever Java or the master answers
        raise WarehouseError(
            f"Spark does not start with master {master} ({first_line(error)}); correct the "
            "master or Java, then run it again."
        ) from None
    try:
        declare(spark, lake)
        yield spark
    finally:
        spark.stop()
        shutil.rmtree(spill, ignore_errors=True)


@contextmanager
def _java_unheard() -> Iterator[None]:
    """Let what Java writes to standard error go nowhere: it is hundreds of lines per error."""
    if os.environ.get("WAREHOUSE_DEBUG"):
        yield
        return
    heard = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(heard, 2)
        os.close(heard)
        os.close(nowhere)


def _settings(build: Path, spill: Path, master: str) -> dict[str, str]:
    """Return the settings of a session; what spark-defaults.conf says of others holds."""
    on_one_machine = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": f"{cluster.DRIVER_MB}m",
        "spark.local.dir": str(spill),
        "spark.sql.shuffle.partitions": str(2 * (os.cpu_count() or 1)),
    }
    return {
        **SETTINGS,
        **(on_one_machine if master.startswith("local") else {}),
        **cluster.settings(master),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.warehouse.dir": build.as_uri(),
    }


def declare(spark: SparkSession, lake: Lake) -> None:
    """Make the tables `raw.*` over the lake's files."""
    # without a place in the build: its tables are those of the lake
    spark.sql(f"create database {RAW} location '{lake.raw.as_uri()}'")
    for table in TABLES:
        lake.table(table).mkdir(parents=True, exist_ok=True)
        name = BEHIND_VIEWS.get(table, table)
        told = ", ".join(f"{column} {kind}" for column, kind in columns(table).items())
        spark.sql(
            f"create table {RAW}.{name} ({told}) using parquet"
            f" options (path '{lake.table(table).as_uri()}', recursiveFileLookup 'true')"
        )
    spark.sql(
        "create view raw.loads as select landed.*, numbered.run_seq"
        " from raw.landed_loads as landed"
        " left join raw.runs as numbered on landed.load_id = numbered.load_id"
    )
    # by the first load that tried them again; a load that is not there closes nothing
    spark.sql(
        "create view raw.rejects as select rejected.* except (replay_load_id),"
        " coalesce(rejected.replay_load_id, tried.replay_load_id) as replay_load_id"
        " from raw.all_rejects as rejected left join ("
        " select closed.load_id, min(closed.replay_load_id) as replay_load_id"
        " from raw.closed_rejects as closed inner join raw.landed_loads as landed"
        " on closed.replay_load_id = landed.load_id group by closed.load_id"
        ") as tried on rejected.load_id = tried.load_id"
    )
    # a decision that no run of PostgreSQL has used yet counts in the first build
    spark.sql(
        "create view raw.decisions as"
        " select * except (run_seq), coalesce(run_seq, 0) as run_seq from raw.all_decisions"
    )


def keep_ansi() -> None:
    """Let dbt-spark send our settings: its own turn errors of casts and sums into nulls."""
    from dbt.adapters.spark.connections import (  # noqa: PLC0415 (an extra)
        SparkCredentials,
    )

    if getattr(SparkCredentials, "keeps_ansi", False):
        return
    fill = SparkCredentials.__post_init__

    def fill_and_keep(credentials: Any) -> None:
        fill(credentials)
        credentials.server_side_parameters.update(SETTINGS)

    SparkCredentials.__post_init__ = fill_and_keep
    SparkCredentials.keeps_ansi = True


def first_line(error: object) -> str:
    """Return what an error of Spark says first: the rest is a plan or a stack."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:300] if lines else type(error).__name__

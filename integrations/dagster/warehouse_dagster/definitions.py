"""What Dagster loads: the assets, and a schedule that pulls and then runs."""

from __future__ import annotations

import os

import dagster as dg

from warehouse_dagster import pulls
from warehouse_dagster.runs import warehouse_run

CRON = os.environ.get("WAREHOUSE_CRON", "5 * * * *")

pull = dg.define_asset_job("pull", dg.AssetSelection.assets(*pulls.ASSETS))
run = dg.define_asset_job("run", dg.AssetSelection.assets(warehouse_run))


def _run_after(status: dg.DagsterRunStatus) -> dg.SensorDefinition:
    """Return what begins a run after a pull: a source that fails delays nothing else."""

    @dg.run_status_sensor(
        name=f"run_after_pull_{status.value.lower()}",
        run_status=status,
        monitored_jobs=[pull],
        request_job=run,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def after_pull(context: dg.RunStatusSensorContext) -> dg.RunRequest:
        return dg.RunRequest(run_key=context.dagster_run.run_id)

    return after_pull


ENDS = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE)

defs = dg.Definitions(
    assets=[*pulls.ASSETS, warehouse_run],
    jobs=[pull, run] if pulls.ASSETS else [run],
    schedules=[
        dg.ScheduleDefinition(
            name="clock", cron_schedule=CRON, job=pull if pulls.ASSETS else run
        )
    ],
    sensors=[_run_after(status) for status in ENDS] if pulls.ASSETS else [],
)

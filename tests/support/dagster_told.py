"""What Dagster remembers of its runs, as JSON; runs in Dagster's own environment."""

from __future__ import annotations

import json
import sys
from typing import Any

import dagster as dg


def told(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dict[str, Any]:
    """Return a run: its job and status, what it made, its checks and why it failed."""
    found: dict[str, Any] = {"job": run.job_name, "status": run.status.value}
    found |= {"made": {}, "checks": {}, "problem": None}
    for entry in instance.all_logs(run.run_id):
        event = entry.dagster_event
        if event is None:
            continue
        if event.is_step_materialization:
            made = event.step_materialization_data.materialization
            values = {name: each.value for name, each in made.metadata.items()}
            found["made"][made.asset_key.to_user_string()] = values
        elif event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            check = event.asset_check_evaluation_data
            found["checks"][check.check_name] = check.passed
        elif event.is_step_failure and event.step_failure_data.user_failure_data:
            found["problem"] = event.step_failure_data.user_failure_data.description
    return found


if __name__ == "__main__":
    with dg.DagsterInstance.get() as opened:
        json.dump([told(opened, run) for run in opened.get_runs()], sys.stdout)

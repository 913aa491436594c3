"""dbt, in this process, against one database or lake.

Source: the dbt project beside this package; the profile is profiles.example.yml, copied into
        the state folder; secrets travel in environment variables only.
Shape:  a list of dbt arguments in, dbt's own result out.
Errors: WarehouseError where MetricFlow is not installed; what dbt says is in its result.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from warehouse import dbt_sessions, state
from warehouse.errors import USAGE, WarehouseError

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult

EventHandler = Any
READS_METRICS = "WAREHOUSE_READS_METRICS"  # dbt_project.yml asks for it


class Engine(Protocol):
    """What dbt builds on: an output of the profile, and the variables that the output reads."""

    @property
    def output(self) -> str:
        """Name of the output."""

    def environment(self) -> dict[str, str]:
        """Return the variables."""


def variables(values: dict[str, object]) -> list[str]:
    """The arguments that set dbt variables."""
    return ["--vars", json.dumps(values)] if values else []


def load() -> None:
    """Import what a build imports, which takes a second."""
    for name in ("dbt.cli.main", "dbt.tracking", "dbt.adapters.postgres"):
        import_module(name)


class Dbt:
    """dbt bound to an engine; with a manifest it does not read the project again."""

    def __init__(
        self, target: Engine, on_event: EventHandler | None = None, manifest: Any = None
    ) -> None:
        self._target = target
        self._manifest = manifest
        self._callbacks = [] if on_event is None else [on_event]

    def invoke(self, arguments: Sequence[str]) -> dbtRunnerResult:
        """Run one dbt command; `arguments` as on its command line."""
        from dbt.cli.main import dbtRunner  # noqa: PLC0415 (a second that only builds need)

        dbt_sessions.keep()
        with environment(self._target):
            return dbtRunner(self._manifest, self._callbacks).invoke(
                ["--quiet", "--log-level", "none", *arguments]
            )


def keep_account(done: dbtRunnerResult) -> None:
    """Write what each node of a build took, where dbt itself writes it with much more."""
    account = state.home() / "dbt" / "target" / "run_results.json"
    with suppress(OSError):  # the build is done all the same
        account.parent.mkdir(mode=0o700, exist_ok=True)
        if done.result is not None and hasattr(done.result, "write"):
            done.result.write(str(account))  # of a build; other commands have no account


def command_line(target: Engine, arguments: Sequence[str]) -> None:
    """Be the command `dbt`; ends the process with its exit code."""
    from dbt.cli.main import cli  # noqa: PLC0415 (a second that only builds need)

    with environment(target):
        cli.main(list(arguments), prog_name="warehouse dbt")


def metrics_command_line(target: Engine, arguments: Sequence[str]) -> None:
    """Be the command `mf` of MetricFlow; ends the process with its exit code.

    It reads the semantic models where dbt writes them, in `target` of the project's folder.
    """
    if find_spec("dbt_metricflow") is None:
        raise WarehouseError(
            "MetricFlow is not installed; it is the extra metrics: "
            "`.venv/bin/pip install -e '.[metrics]'`.",
            USAGE,
        )
    from dbt_metricflow.cli import main as metricflow  # noqa: PLC0415 (seconds, in the extra)

    os.environ[READS_METRICS] = "True"
    problems: list[str] = []
    parsed = Dbt(target, lambda event: _add_problem(problems, event)).invoke(
        ["parse", "--target-path", str(state.project_root() / "target")]
    )
    if not parsed.success:
        said = "; ".join(problems) or str(parsed.exception)
        raise WarehouseError(f"dbt cannot read the metrics: {said}")
    metricflow.UpdateChecker = _NoUpdates
    with environment(target):
        metricflow.cli.main(list(arguments), prog_name="warehouse mf")


def _add_problem(problems: list[str], event: Any) -> None:
    """Keep what dbt says of a wrong semantic model or metric."""
    if event.info.name == "SemanticValidationFailure":
        problems.append(" ".join(event.data.msg.split()))


class _NoUpdates:
    """No question to a package index, which MetricFlow asks at each start."""

    def check(self, *_: str) -> None:
        """Find no newer version."""


def _profiles_folder() -> Path:
    """Folder with the profile that dbt reads; it holds no secrets."""
    folder = state.home() / "dbt"
    folder.mkdir(mode=0o700, exist_ok=True)
    profile = (state.project_root() / "profiles.example.yml").read_bytes()
    file = folder / "profiles.yml"
    if not file.is_file() or file.read_bytes() != profile:
        with state.lock(folder.parent):
            draft = folder / ".profiles.new"
            draft.write_bytes(profile)
            draft.replace(file)
    return folder


@contextmanager
def environment(target: Engine) -> Iterator[None]:
    """The variables of the profile and of libpq, and dbt's own folders, for a while."""
    folder = _profiles_folder()
    wanted = {
        **target.environment(),
        "DBT_PROJECT_DIR": str(state.project_root()),
        "DBT_PROFILES_DIR": str(folder),
        "DBT_PROFILE": "engagement_warehouse",
        "DBT_TARGET": target.output,
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

"""The command `dbt` of people who have copied the profile, without `warehouse` around it.

Shape:  a project, its profile's folder and arguments in; exit code and output out.
Errors: AssertionError for a traceback or a password in what dbt says.

It runs in this process, through the function that the command `dbt` calls.
"""

from __future__ import annotations

import io
import shutil
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from command_line import Said, checked
from copies import ROOT

from warehouse.connection import Target


def copy_profile(folder: Path) -> Path:
    """Copy the example of a profile, as people do; return the folder."""
    folder.mkdir(exist_ok=True)
    shutil.copy(ROOT / "profiles.example.yml", folder / "profiles.yml")
    return folder


def plain_dbt(
    target: Target, project: Path, profiles: Path, *arguments: str, **environment: str
) -> Said:
    """Run dbt in a project; what it parses and logs stays in the folder of the profile."""
    from dbt.cli.main import cli  # noqa: PLC0415 (a second that few sessions need)

    written = io.BytesIO(), io.BytesIO()
    out, err = (io.TextIOWrapper(stream, "utf-8", write_through=True) for stream in written)
    folders = {
        "DBT_PROFILES_DIR": profiles,
        "DBT_TARGET_PATH": profiles / "target",
        "DBT_LOG_PATH": profiles / "logs",
    }
    with (
        pytest.MonkeyPatch.context() as patch,
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        for name, value in {**target.environment(), **folders, **environment}.items():
            patch.setenv(name, str(value))
        patch.chdir(project)
        cli.main(list(arguments), prog_name="dbt")
    assert isinstance(ended.value.code, int)
    texts = (stream.getvalue().decode() for stream in written)
    return checked(target, Said(ended.value.code, *texts))

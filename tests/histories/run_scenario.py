"""Run one scenario in the project that contains this module.

Source: `python -m run_scenario SCENARIO DATABASE TEMPLATE`.
Shape:  what the scenario found on standard output; nothing if all is well.
Errors: a traceback and exit code 1 if the scenario could not start.
"""

from __future__ import annotations

import sys

from copies import ROOT
from dbt_env import DbtEnv
from history_runner import HistoryRunner
from quick_dbt import quick_dbt
from scenarios import SCENARIOS


def main(name: str, database: str, template: str) -> None:
    """Run the scenario with this name in a copy of the template."""
    scenario = next(each for each in SCENARIOS if each.__name__ == name)
    with quick_dbt():
        runner = HistoryRunner(DbtEnv(ROOT, database, template))
        try:
            scenario(runner)
        except Exception as found:  # a difference, or what dbt or the server refuses
            sys.stdout.write(f"{type(found).__name__}: {found}\n")
        finally:
            runner.end()


if __name__ == "__main__":
    main(*sys.argv[1:])

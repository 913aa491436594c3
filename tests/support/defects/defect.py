"""A planted defect: the wrong line, its file, and the scenario that must find it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from copies import ROOT

LEDGER = "models/ledger/interaction_ledger.sql"
STEPS = "macros/ledger_steps.sql"
STAGED = "models/staging/stg_interactions.sql"
SCHEMA = "loaders/schema.sql"
SEEDS = "loaders/seeds.sql"
RUNS = "macros/runs/runs.sql"
POSTING = "macros/strategies/ledger.sql"
ADDING = "macros/strategies/additive.sql"
LANDING = "loaders/landing/__init__.py"
IDENTITY = "loaders/landing/identity.py"
COMMITS = "commits_overtake_each_other"
STATES = "states_replace_each_other"
EXPORTS = "exports_come_in_any_order"
DECLARATIONS = "declarations_come_later"
KILLS = "runs_are_killed"
REPLAYS = "rejects_are_replayed"
CONFIGURATION = "configuration_changes"
TIME = "time_passes"
VANISHING = "accounts_vanish"
OVERTAKING = "older_runs_write_no_more"
MOVING = "posts_move"
HOLDING = "workspaces_are_held"


class RottenDefectError(AssertionError):
    """A defect that cannot be planted any more."""


@dataclass(frozen=True)
class Defect:
    """A wrong line, its file, and the scenario that must find it."""

    name: str
    file: str
    sound: str
    wrong: str
    scenario: str

    def planted(self, text: str) -> str:
        """Return the text of the file with the defect."""
        if text.count(self.sound) != 1:
            times = text.count(self.sound)
            raise RottenDefectError(f"{self.file} has {times} times {self.sound!r}")
        return text.replace(self.sound, self.wrong)

    def plant(self, project: Path) -> None:
        """Damage a copy of the project."""
        file = project / self.file
        file.write_text(self.planted((ROOT / self.file).read_text("utf-8")), "utf-8")

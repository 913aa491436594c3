"""Planted defects: one line of the project at a time made wrong, and the story that tells.

Source: the checkout, copied; the replaced text must stand in its file exactly once.
Shape:  `found_by` runs a defect's story in the damaged copy, in a child process, against a
        database that the sound project has built; what it says of it comes back.
Errors: `RottenDefectError` where the text is no longer there, or not once.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from copies import ROOT, copy_project

LEDGER = "models/core/stored/interaction_ledger.sql"
STAGED = "models/staging/stg_interactions.sql"
SCHEMA = "loaders/schema.sql"
RUNS = "macros/runs/runs.sql"
POSTING = "macros/strategies/ledger.sql"
ADDING = "macros/strategies/additive.sql"
LANDING = "loaders/landing.py"


class RottenDefectError(AssertionError):
    """A defect that cannot be planted any more."""


@dataclass(frozen=True)
class Defect:
    """What is wrong, where, and the story in which it shows."""

    name: str
    file: str
    sound: str
    wrong: str
    story: str
    is_sampled: bool = False  # planted by `make test` too

    def planted(self, text: str) -> str:
        """The text of the file with the defect."""
        if text.count(self.sound) != 1:
            times = text.count(self.sound)
            raise RottenDefectError(f"{self.file} has {times} times {self.sound!r}")
        return text.replace(self.sound, self.wrong)

    def plant(self, project: Path) -> None:
        """Damage a copy of the project."""
        file = project / self.file
        file.write_text(self.planted((ROOT / self.file).read_text("utf-8")), "utf-8")


COMMITS = "commits_overtake_each_other"
STATES = "states_replace_each_other"
KILLS = "runs_are_killed"
REPLAYS = "rejects_are_replayed"
CONFIGURATION = "configuration_changes"
TIME = "time_passes"
VANISHING = "accounts_vanish"
OVERTAKING = "older_runs_write_no_more"
MOVING = "posts_move"

DEFECTS = (
    Defect(
        "A load that commits after a later one is passed over (max(load_id) as watermark)",
        SCHEMA,
        "    where run_seq is null and (own_holder is null or gated_at is not null);",
        "    where run_seq is null and load_id > (select coalesce(max(load_id), 0)"
        " from raw.loads where run_seq is not null);",
        COMMITS,
        is_sampled=True,
    ),
    Defect(
        "A load that was received before a later one is passed over (max(received_at))",
        SCHEMA,
        "    where run_seq is null and (own_holder is null or gated_at is not null);",
        "    where run_seq is null and received_at > (select coalesce(max(received_at),"
        " '-infinity') from raw.loads where run_seq is not null);",
        COMMITS,
    ),
    Defect(
        "A run leaves the newest load for the next one",
        SCHEMA,
        "    where run_seq is null and (own_holder is null or gated_at is not null);",
        "    where run_seq is null and load_id < (select max(load_id) from raw.loads);",
        COMMITS,
    ),
    Defect(
        "What a model has consumed ends one run too early",
        RUNS,
        "{{ entry }}.run_seq > {{ last }} and {{ entry }}.run_seq <= {{ this_cut() }}",
        "{{ entry }}.run_seq > {{ last }} and {{ entry }}.run_seq < {{ this_cut() }}",
        COMMITS,
    ),
    Defect(
        "The last run is consumed twice",
        RUNS,
        "{{ entry }}.run_seq > {{ last }} and {{ entry }}.run_seq <= {{ this_cut() }}",
        "{{ entry }}.run_seq >= {{ last }} and {{ entry }}.run_seq <= {{ this_cut() }}",
        COMMITS,
        is_sampled=True,
    ),
    Defect(
        "The ledger reads the loads of this run alone, not those that a dead run left",
        RUNS,
        "'select load_id from raw.loads where run_seq > ' ~ last ~ ' and run_seq <= '",
        "'select load_id from raw.loads where run_seq > ' ~ last ~ ' and run_seq = '",
        KILLS,
    ),
    Defect(
        "A model remembers no progress",
        SCHEMA,
        "    set run_seq = reached, as_of = reached_as_of, basis = new_basis\n",
        "    set run_seq = run_seq, as_of = reached_as_of, basis = new_basis\n",
        COMMITS,
    ),
    Defect(
        "Progress is saved one run too far",
        RUNS,
        "{{ 'null' if last is none else last }},\n            {{ this_cut() }}",
        "{{ 'null' if last is none else last }},\n            {{ this_cut() }} + 1",
        COMMITS,
    ),
    Defect(
        "Rows that are made anew are added to the old ones",
        "macros/relations/stored.sql",
        "{% do run_query('delete from ' ~ target_relation) %}",
        "",
        STATES,
    ),
    Defect(
        "A replaced state is not reversed",
        LEDGER,
        "    where dtd.is_changed and rpl.is_changed\n",
        "    where dtd.is_changed and rpl.is_changed and false\n",
        STATES,
        is_sampled=True,
    ),
    Defect(
        "A replaced entry goes on standing",
        POSTING,
        "    set is_standing = false\n",
        "    set is_standing = is_standing\n",
        STATES,
    ),
    Defect(
        "A newer delivery of an unchanged state is forgotten",
        POSTING,
        "    set newest_at = touch.newest_at\n",
        "    set newest_at = standing.newest_at\n",
        STATES,
    ),
    Defect(
        "The newest delivery wins, not the newest version",
        LEDGER,
        "coalesce(dlv.version_at, dlv.received_at) as newest_at",
        "dlv.received_at as newest_at",
        STATES,
    ),
    Defect(
        "A contradiction wins over what was known first",
        LEDGER,
        "        order by is_stored desc, run_seq asc, load_id asc, line_no asc\n",
        "        order by is_stored asc, run_seq desc, load_id desc, line_no desc\n",
        STATES,
    ),
    Defect(
        "A retraction counts like what it retracts",
        STAGED,
        "case when itr.is_retracted then 0 else 1 end as sign",
        "1 as sign",
        STATES,
    ),
    Defect(
        "Workspaces share their interactions",
        STAGED,
        "{{ natural_key(['itr.workspace_id', 'itr.platform', 'itr.native_id']) }}",
        "{{ natural_key(['itr.platform', 'itr.native_id']) }}",
        STATES,
    ),
    Defect(
        "An unknown actor is an account",
        STAGED,
        "{{ natural_key(['itr.workspace_id', 'itr.platform', 'itr.actor_id']) }}",
        "{{ natural_key(['itr.workspace_id', 'itr.platform', "
        "\"coalesce(itr.actor_id, '')\"]) }}",
        STATES,
    ),
    Defect(
        "A total that reaches zero stays",
        ADDING,
        "    when matched and stored.{{ added[0] }} + fresh.{{ added[0] }} = 0 then delete\n",
        "    when matched and false then delete\n",
        VANISHING,
    ),
    Defect(
        "Sums that are zero are stored",
        ADDING,
        "    when not matched and fresh.{{ added[0] }} <> 0 then\n",
        "    when not matched then\n",
        KILLS,
    ),
    Defect(
        "Stored totals are replaced by what is new",
        ADDING,
        "stored.{{ column }} + fresh.{{ column }}\n",
        "fresh.{{ column }}\n",
        COMMITS,
    ),
    Defect(
        "A changed time zone is not noticed",
        RUNS,
        "progress['basis'] != current_basis()",
        "false",
        CONFIGURATION,
    ),
    Defect(
        "Only the first reject of a load is replayed, and all of them are marked",
        "warehouse/rejects.py",
        "            if offset in written:\n",
        "            if offset in written or len(tried) > 1:\n",
        REPLAYS,
    ),
    Defect(
        "Two replays are taken for one",
        LANDING,
        '    return hashlib.sha256(b"%d:" % replay_of + document.sha256).digest()',
        '    return b"a replay"',
        REPLAYS,
        is_sampled=True,
    ),
    Defect(
        "Retractions are landed as if nothing had been taken back",
        "loaders/platforms/generic.py",
        "        line.retracted is True,\n",
        "        False,\n",
        STATES,
    ),
    Defect(
        "The platform's time of a state is lost",
        "loaders/platforms/generic.py",
        'None if line.version_at is None else instant(line.version_at, "version_at", zone),\n',
        "None,\n",
        STATES,
    ),
    Defect(
        "Two runs write at the same time: nobody looks at the fence",
        SCHEMA,
        "    if holder is distinct from invocation then\n",
        "    if false then\n",
        OVERTAKING,
        is_sampled=True,
    ),
    Defect(
        "A run that was overtaken moves a model that somebody else has moved",
        SCHEMA,
        "    where schema_name = of_schema and model_name = of_model and run_seq = expected;\n",
        "    where schema_name = of_schema and model_name = of_model;\n",
        OVERTAKING,
    ),
    Defect(
        "What takes effect later counts at once",
        "macros/as_of.sql",
        "    ({{ entry }}.effective_at is null or {{ entry }}.effective_at <= {{ instant }})\n",
        "    ({{ entry }}.effective_at is null or {{ entry }}.effective_at is not null)\n",
        TIME,
    ),
    Defect(
        "An edit of the text alone is no change",
        LEDGER,
        "fingerprint(['follower_id', 'post_id', 'occurred_at'] + version_columns())",
        "fingerprint(['follower_id', 'post_id', 'occurred_at', 'native_type', 'sign'])",
        STATES,
    ),
    Defect(
        "What had no time counts at once, although its time is still ahead",
        LEDGER,
        "when state_no = 1 or is_newly_dated then occurred_at",
        "when state_no = 1 then occurred_at",
        VANISHING,
    ),
    Defect(
        "A touch is posted as an entry",
        POSTING,
        "    where gross_sign <> 0\n",
        "    where gross_sign is not null\n",
        STATES,
    ),
    Defect(
        "Workspaces share their posts",
        STAGED,
        "{{ natural_key(['itr.workspace_id', 'itr.platform', 'itr.post_id']) }}",
        "{{ natural_key(['itr.platform', 'itr.post_id']) }}",
        STATES,
    ),
    Defect(
        "Words that every platform shares are not mapped",
        "macros/mapped_type.sql",
        "        else by_name.interaction_type\n",
        "        else null\n",
        STATES,
    ),
    Defect(
        "The latest landing is taken for the first",
        "models/core/stored/follower_totals.sql",
        "else least(sms.first_landed_at{{ ', str.first_landed_at' if is_stored }})",
        "else greatest(sms.first_landed_at{{ ', str.first_landed_at' if is_stored }})",
        COMMITS,
    ),
    Defect(
        "Totals keep a first or last that was taken away",
        "models/core/stored/follower_totals.sql",
        "coalesce(bool_or(gross_sign < 0), false) as may_have_lost_a_bound",
        "false as may_have_lost_a_bound",
        STATES,
    ),
    Defect(
        "A run goes on consuming up to the run before it",
        SCHEMA,
        "    update raw.run_fence set run_seq = started, invocation_id = invocation;\n",
        "    update raw.run_fence set invocation_id = invocation;\n",
        COMMITS,
    ),
    Defect(
        "A rejected record is not kept",
        LANDING,
        "            self._wait(_REJECTS, _reject(self._load_id, outcome))\n",
        "            pass\n",
        REPLAYS,
    ),
    Defect(
        "The same bytes under another name land twice",
        LANDING,
        "        return document.sha256\n",
        "        return hashlib.sha256(document.sha256 + document.name.encode()).digest()\n",
        STATES,
    ),
    Defect(
        "What moves up among the newest, where one of them was retracted, has no say",
        "models/core/stored/participants/follower_sentiments.sql",
        "        act.has_lost\n        or act.may_be_labelled\n",
        "        act.may_be_labelled\n",
        STATES,
    ),
    Defect(
        "A post is still compared on the day that it has left",
        "models/core/stored/current_posts.sql",
        "{{ united('dlv.posted_dates', 'str.posted_dates') }} as",
        "dlv.posted_dates as",
        MOVING,
        is_sampled=True,
    ),
    Defect(
        "A post is compared with what others scored when they were described",
        "macros/touched_posts.sql",
        "    where ldg.post_id is not null and {{ is_unconsumed('ldg') }}\n",
        "    where ldg.post_id is not null and {{ is_unconsumed('ldg') }} and false\n",
        MOVING,
    ),
    Defect(
        "A post is compared with those that came later on its day",
        "models/core/post_percentiles.sql",
        "            and oth.posted_at <= scr.posted_at\n",
        "",
        MOVING,
    ),
)


def found_by(defect: Defect, folder: Path, template: str) -> str | None:
    """What the story says in a copy with the defect; None where it finds nothing."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    project = copy_project(folder / "project")
    defect.plant(project)
    told = subprocess.run(
        [sys.executable, "-m", "telling", defect.story, folder.name, template],
        cwd=project,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(project), str(project / "tests" / "python")]),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    return told.stdout or None

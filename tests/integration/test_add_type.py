"""An interaction type is added with rows in seeds; the rest is written from them."""

from __future__ import annotations

import csv
import re

import pytest
from copies import ROOT, changed_files, ended_python, extended_copy, start_python

from warehouse import type_columns

ROWS = {
    "interaction_types": 'poll_vote,poll_votes,poll votes,true,"A vote, open or secret"\n',
    "engagement_weights": "poll_vote,0\n",
    "interaction_type_mappings": "*,vote,*,poll_vote\n",
    "platform_capabilities": "skool,poll_vote,exact,true,,\n",
}
VOTE = (
    '{"record":"interaction","platform":"skool","id":"v%d","type":"vote","actor_id":"%s",'
    '"post_id":"poll","occurred_at":"2026-03-01T1%d:00:00Z"}\n'
)
ITEM = (
    '{"record":"content","content_id":"c","title":"A poll",'
    '"posts":[{"platform":"skool","post_id":"poll"}]}\n'
)
QUESTION = """
select
    scores.username, scores.poll_vote_count, scores.comment_count, scores.engagement_score,
    profiles.interaction_count as participations, summary.total_poll_votes,
    summary.poll_votes_platforms
from follower_engagement_scores as scores
inner join participant_profiles as profiles on profiles.id = scores.follower_id
cross join content_cross_platform_summary as summary
order by scores.poll_vote_count desc"""
ANSWER = """\
username,poll_vote_count,comment_count,engagement_score,participations,total_poll_votes,poll_votes_platforms
ada,2,0,0,2,3,skool
bo,1,0,0,1,3,skool
"""
COMMANDS = """
import sys
from warehouse.cli.commands import cli
file, question = sys.argv[1:]
try:
    for command in (
        ("load", file, "-w", "acme"),
        ("run",),
        ("query", "--csv", question),
        ("dbt", "test", "--quiet", "--select", "test_type:unit"),  # ends the process
    ):
        if cli.main(command, standalone_mode=False):
            sys.exit(f"{command} failed")
finally:
    cli.main(("down",), standalone_mode=False)
"""


@pytest.mark.soak
def test_a_type_is_added_with_rows_in_seeds() -> None:
    with extended_copy(ROWS) as copy:
        votes = copy / "votes.ndjson"
        votes.write_text(
            ITEM + VOTE % (1, "ada", 0) + VOTE % (2, "ada", 1) + VOTE % (3, "bo", 2)
        )
        written = ended_python(start_python(copy, "-m", "warehouse.type_columns"))
        assert "dbt_project.yml" in written
        answer = ended_python(start_python(copy, "-c", COMMANDS, str(votes), QUESTION))
        assert answer.endswith(ANSWER + "The server is stopped.\n"), answer
        for path, was, now in changed_files(copy):
            assert re.sub(rb"(?im)^.*poll.vote.*\n", b"", now) == was, path


def test_what_is_written_is_of_the_seed() -> None:
    stale = [path.name for path, before, after in type_columns.files() if before != after]
    assert stale == [], "run `make docs`"


def test_every_type_has_its_column() -> None:
    with (ROOT / "seeds" / "interaction_types.csv").open(encoding="utf-8") as seed:
        types = [row["interaction_type"] for row in csv.DictReader(seed)]
    totals = (ROOT / "dbt_project.yml").read_text("utf-8")
    assert re.findall(r"^    (\w+): \w+$", totals, re.MULTILINE)[: len(types)] == types


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("# for each interaction type: $type\n", "no end"),
        ("# for each interaction type: a\n# for each interaction type: b\n", "before another"),
    ],
)
def test_a_template_without_an_end_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        type_columns.written(text, [], "models/a.yml")

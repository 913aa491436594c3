"""Commands about people and what they wrote: decide, label.

Source: decisions of people, alone or as CSV; texts without a sentiment.
Shape:  sentences about what was recorded, or JSON lines; each command returns its exit code.
Errors: WarehouseError (usage) for words that do not go together; the rest passes.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from warehouse import console, decisions, events, labels, seeds
from warehouse.cli.shared import command, demo_option, log_option, owner
from warehouse.errors import USAGE, WarehouseError
from warehouse.reports.decisions import after_decision, after_decisions, show_candidates
from warehouse.reports.labels import after_labels


@command(
    "decide",
    'warehouse decide vip instagram ann --reason "founding member"',
    "warehouse decide staff discord:jonas --workspace acme",
    "warehouse decide unflag da86f2b4-41a8-58d1-52b1-d4a45ed9b9c6",
    "warehouse decide --from decisions.csv --workspace acme",
)
@click.argument("words", nargs=-1, metavar="[DECISION FOLLOWER]")
@click.option("--reason", help="Reason for the decision.")
@click.option("--notes", help="Further notes.")
@click.option(
    "--workspace", "-w", help="Workspace, if a name occurs in several; that of a CSV."
)
@click.option(
    "--from",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read many decisions from a CSV.",
)
@demo_option("Decide in the demo's database.")
@log_option
def decide_command(
    *,
    words: tuple[str, ...],
    reason: str | None,
    notes: str | None,
    workspace: str | None,
    file: Path | None,
    of_demo: bool,
    form: events.Form,
) -> int:
    """Record a decision about an account.

    DECISION: vip, blocked, normal; flag, unflag (for review); staff, not-staff; bot, not-bot;
    own (the workspace's own account), audience (not its own, whatever sources say).
    FOLLOWER: the id, or platform and user name. A decision takes effect in the next
    `warehouse run`. The mart `participant_decisions` keeps the history.

    A CSV needs a header with decision and follower (or platform and username, or platform and
    actor_id). It may have workspace, reason, notes, decided_by, decided_at. If one row is
    wrong, none is recorded.
    """
    if (file is None) == (not words) or (file is not None and (reason or notes)):
        raise WarehouseError(
            "Name a decision and a follower, like `warehouse decide vip instagram ann`, or "
            "give --from FILE alone.",
            USAGE,
        )
    following = _next_step(of_demo=of_demo)
    with events.logged(form), owner(of_demo=of_demo) as (_, session):
        if file is not None:
            many = decisions.read(session, file, workspace)
            recorded = decisions.record(session, many)
            unknown = decisions.of_unknown(session, many)
            events.tell(
                form,
                lambda: after_decisions(len(many), recorded, unknown, following),
                events.DecisionsRecorded(given_count=len(many), recorded_count=recorded),
            )
            return 0
        word, *follower = words
        try:
            decision = decisions.decision(
                session, word, follower, workspace, reason=reason, notes=notes
            )
        except decisions.AmbiguousError as error:
            events.tell(form, partial(show_candidates, error.candidates))
            raise
        recorded = decisions.record(session, [decision])
        events.tell(
            form,
            lambda: after_decision(decision, following, is_new=recorded == 1),
            events.DecisionsRecorded(given_count=1, recorded_count=recorded),
        )
    return 0


@command("label", "warehouse label", "warehouse label --workspace acme")
@click.option("--workspace", "-w", help="Label only texts of this workspace.")
@demo_option("Label the demo's texts.")
@log_option
def label_command(*, workspace: str | None, of_demo: bool, form: events.Form) -> int:
    """Label texts that came without a sentiment.

    VADER labels English texts. Other languages and texts that are too short get no label.
    Each text is read once. A label from the source always wins; seed sentiment_labelers ranks
    the others. The next `warehouse run` uses the labels.
    """
    with events.logged(form), owner(of_demo=of_demo) as (_, session):
        # three seconds that no other command takes
        from warehouse.sentiment import Labeler  # noqa: PLC0415

        seeds.settle(session)
        with console.progress() as bar:
            task = bar.add_task("Labelling", total=None, detail="")
            done = list(
                labels.label(
                    session, Labeler(), workspace, lambda count: bar.advance(task, count)
                )
            )
    events.tell(
        form,
        lambda: after_labels(done, _next_step(of_demo=of_demo)),
        *(
            events.TextsLabelled(
                workspace=each.workspace_id,
                platform=each.platform,
                text_count=each.text_count,
                label_count=each.label_count,
            )
            for each in done
        ),
    )
    return 0


def _next_step(*, of_demo: bool) -> str:
    """The command that takes up what has been recorded in a database."""
    return "warehouse demo" if of_demo else "warehouse run"

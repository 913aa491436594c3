"""What was decided about whom, and what a name may mean.

Source: results of `warehouse.decisions`.
Shape:  tables and sentences on standard output; `next_step` is the command to give next.
Errors: none.
"""

from __future__ import annotations

from collections.abc import Sequence

from warehouse import console
from warehouse.decisions import Account, Decision

SHOWN = 5  # names that a sentence lists


def show_candidates(accounts: Sequence[Account]) -> None:
    """The accounts that a name may mean, with the ids that tell them apart."""
    console.table(
        ["id", "workspace", "platform", "its own id", "username", "display name"],
        [
            (
                account.follower_id,
                account.workspace_id,
                account.platform,
                account.actor_id,
                account.username,
                account.display_name,
            )
            for account in accounts
        ],
    )


def after_decision(decision: Decision, next_step: str, *, is_new: bool) -> None:
    """What was decided about whom, or that it held already."""
    said = f"{decision.account.name}, {decision.account.workspace_id}: {decision.decision}"
    if is_new:
        console.say(f"{said}; takes effect in the next `{next_step}`.")
    else:
        console.say(f"{said} was already in effect, for the same reason.")


def after_decisions(
    said: int, recorded: int, unknown: Sequence[Account], next_step: str
) -> None:
    """How many of a file's decisions were new, and about whom nothing is known yet."""
    if not said:
        console.say("The file has a header but no rows; nothing was recorded.")
        return
    held = f"; {said - recorded:,} held already" if recorded < said else ""
    in_effect = f": in effect after the next `{next_step}`" if recorded else ""
    console.say(f"{console.many(recorded, 'decision')} recorded{held}{in_effect}.")
    if unknown:
        names = [
            f"{each.actor_id} on {each.platform} ({each.workspace_id})" for each in unknown
        ]
        more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
        console.warn(
            f"Not known yet: {', '.join(names[:SHOWN])}{more}. Their decisions take effect "
            "when they appear. If one is misspelt, decide again."
        )

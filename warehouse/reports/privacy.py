"""What was done about a person's data.

Source: results of `warehouse.privacy`.
Shape:  tables and sentences on standard output.
Errors: none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from warehouse import console
from warehouse.decisions import Account
from warehouse.privacy.opting import Wish
from warehouse.privacy.traces import Trace

MOST_NAMED = 20  # accounts in a sentence

_DONE: dict[Wish, str] = {
    "opted_out": "opted out. Deliveries about {them} are counted and not stored from now on; "
    "no leaderboard, list, alert or page names {it}. What was stored before stays in totals.",
    "opted_in": "opted in. Deliveries about {them} are stored again from now on, and lists "
    "name {it}.",
}
_WOULD: dict[Wish, str] = {
    "opted_out": "would opt out: later deliveries about {them} would be counted and not "
    "stored, and no leaderboard, list, alert or page would name {it}.",
    "opted_in": "would opt in: later deliveries about {them} would be stored again, and lists "
    "would name {it}.",
}


def _about(accounts: Sequence[Account]) -> str:
    """Return how people name accounts, or how many they are."""
    if len(accounts) > MOST_NAMED:
        return console.many(len(accounts), "account")
    workspaces = sorted({each.workspace_id for each in accounts})
    return ", ".join([*(each.name for each in accounts), *workspaces])


def show_erased_before(count: int) -> None:
    """How many rows of a list are of accounts that were erased before."""
    if count:
        console.say(f"{console.many(count, 'row')} of the list: erased before, left out.")


def show_tied(accounts: Sequence[Account]) -> None:
    """Further accounts that a source says are of the same human."""
    if accounts:
        names = ", ".join(f"{each.platform}:{each.actor_id}" for each in accounts[:MOST_NAMED])
        if len(accounts) > MOST_NAMED:
            names += f" and {len(accounts) - MOST_NAMED:,} more"
        console.warn(
            f"A source says that further accounts are of the same person: {names}. The command "
            "leaves them as they are; if they are, give it again with their names."
        )


def show_opted(accounts: Sequence[Account], wish: Wish, *, is_dry: bool) -> None:
    """What a wish has come to, or would."""
    is_one = len(accounts) == 1
    words = {"them": "the account", "it": "it"}
    words = words if is_one else {"them": "the accounts", "it": "them"}
    said = (_WOULD if is_dry else _DONE)[wish].format(**words)
    console.say(f"{_about(accounts)}: {said}{' Nothing was changed.' if is_dry else ''}")


def show_exported(
    accounts: Sequence[Account], counts: Mapping[str, int], file: Path | None
) -> None:
    """What an export holds, or would."""
    if counts:
        console.table(["relation", "rows"], list(counts.items()))
    about = f"{_about(accounts)}: {console.many(sum(counts.values()), 'row')}"
    if file is None:
        console.say(f"{about} would be exported.")
    else:
        console.say(f"{about} in {file}. README.txt in it says what each file is.")


def show_traces(found: Sequence[Trace], value_count: int) -> None:
    """Where traces are, or that there is none."""
    if found:
        console.table(["where", "rows or places"], [(each.place, each.count) for each in found])
    where = f"found in {console.many(len(found), 'place')}" if found else "found nowhere"
    console.say(f"{console.many(value_count, 'value')} {where}.")


def show_erased(
    accounts: Sequence[Account],
    counts: Mapping[str, int],
    left: Sequence[Trace],
    *,
    is_dry: bool,
) -> None:
    """What an erasure has changed, or would, and which files still have to be seen to."""
    if counts:
        console.table(["relation", "rows"], list(counts.items()))
    if is_dry and accounts:
        rows = console.many(sum(counts.values()), "row")
        console.say(
            f"{_about(accounts)}: an erasure would be about {rows}. It cannot be taken back. "
            "Nothing was changed."
        )
        return
    if not accounts:
        console.say("Nobody is left to erase; nothing was changed.")
        return
    console.say(
        "Erased. Deliveries about the person are counted and not stored from now on. Totals "
        "are as before. `warehouse privacy verify FILE` looks for what is left."
    )
    for trace in left:
        console.warn(
            f"{trace.place} still names the person. What waits in a spool is dropped when it "
            "lands; remove other files."
        )


def show_reapplied(again: int, begun: int, *, is_dry: bool) -> None:
    """Of how many accounts erasures were done again or finished, or would be."""
    if not again and not begun:
        console.say("No erasure is missing or unfinished; nothing was changed.")
        return
    verb = "would be" if is_dry else "was" if again == 1 else "were"
    ended = "would be" if is_dry else "were"
    console.say(
        f"{console.many(again, 'account')} {verb} erased again; erasures of {begun:,} {ended} "
        "finished."
    )

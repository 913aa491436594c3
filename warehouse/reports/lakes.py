"""What was done with a lake.

Source: the results of `warehouse.lake`.
Shape:  sentences; problems on standard error.
Errors: none.
"""

from __future__ import annotations

from warehouse import console
from warehouse.lake.build import Built
from warehouse.lake.export import Exported
from warehouse.lake.publish import Published

MOST_FAILURES = 10


def show_exported(exported: Exported, folder: str) -> None:
    """What an export wrote."""
    console.say(
        f"Exported {console.many(exported.load_count, 'load')} "
        f"({console.many(exported.row_count, 'row')}, {exported.byte_count / 1e6:,.1f} MB). "
        f"`warehouse lake build {folder}` builds the marts."
    )


def show_published(published: Published) -> None:
    """What a publication wrote."""
    console.say(
        f"Published {console.many(published.mart_count, 'mart')} "
        f"({console.many(published.row_count, 'row')}) as of "
        f"{published.as_of:%Y-%m-%d %H:%M} UTC in {published.seconds:.1f} s."
    )


def show_built(built: Built) -> None:
    """What a build did."""
    for warning in built.warnings:
        console.warn(f"{warning.name}: {warning.message}")
    for failure in built.failures[:MOST_FAILURES]:
        console.failure(failure.name, failure.message)
    if (rest := len(built.failures) - MOST_FAILURES) > 0:
        console.warn(f"And {console.many(rest, 'more failure')}.")
    if built.folder is None:
        console.warn("Nothing was published; the build before, if there is one, stays.")
        return
    console.say(
        f"Built {built.relations} relations with {console.many(built.load_count, 'new load')}; "
        f"{console.many(built.checks, 'check')} passed in {built.seconds:.1f} s. "
        f"Marts: {built.folder / 'marts.db'}"
    )

"""How many texts were labelled.

Source: results of `warehouse.labels`.
Shape:  a table and a sentence on standard output; `next_step` is the command to give next.
Errors: none.
"""

from __future__ import annotations

from collections.abc import Sequence

from warehouse import console
from warehouse.labels import Labelled


def after_labels(done: Sequence[Labelled], next_step: str) -> None:
    """How many texts were read and labelled, by workspace and platform."""
    if not done:
        console.say("There is no new text to label.")
        return
    console.table(
        ["workspace", "platform", "texts", "labelled"],
        [
            (each.workspace_id, each.platform, each.text_count, each.label_count)
            for each in done
        ],
    )
    if any(each.label_count for each in done):
        console.say(f"`{next_step}` uses the labels.")

"""What an action of `warehouse privacy` tells: sentences to people, events to programs.

Shape:  events say how much was done, and name nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

from warehouse import events


@dataclass(frozen=True)
class Report:
    """The report of an action, in the form that was asked for."""

    action: str
    form: events.Form
    is_dry: bool

    def end(self, count: int, show: events.Show) -> None:
        """Show what the action has done, or tell how much of it."""
        ended = events.PrivacyActionEnded(action=self.action, count=count, is_dry=self.is_dry)
        events.tell(self.form, show, ended)

    def show(self, show: events.Show) -> None:
        """Show people something on the way."""
        events.tell(self.form, show)

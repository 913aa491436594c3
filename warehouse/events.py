"""What happens, as events for programs: one JSON object a line on standard output.

Source: results of commands and requests: loads, outcomes of runs, messages of
        `warehouse.notifications`, answers of `warehouse serve`.
Shape:  `{"event": "load_landed", "at": "2026-03-01T12:00:00.000000Z", …}`; the name tells the
        other fields, which are those of the struct. Only ASCII: everything else is escaped.
        Sentences for people stay on standard error.
Units:  seconds; counts of records, ledger entries, relations, followers and alerts.
Errors: none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import msgspec

from warehouse import console
from warehouse.errors import WarehouseError

if TYPE_CHECKING:  # each would cost a command that needs another one
    from loaders.landing import Load
    from warehouse.loading import Result
    from warehouse.notifications import Sent
    from warehouse.results import Failure
    from warehouse.runs import Outcome

Form = Literal["text", "json"]
FORMS: tuple[Form, ...] = ("text", "json")


def _name(struct: str) -> str:
    return re.sub(r"(?<!\A)(?=[A-Z])", "_", struct).lower()


def _now() -> datetime:
    return datetime.now(UTC)


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag=_name):
    """Something that happened; `at` is the time of the line."""

    at: datetime = msgspec.field(default_factory=_now)


class Logged(Event, frozen=True, kw_only=True):
    """An event for programs alone: people read the report of the command, or nothing."""


class LoadLanded(Event, frozen=True, kw_only=True):
    """A document is loaded. Where `is_new` is false it had been loaded before."""

    source: str
    platform: str | None
    format: str | None
    load_id: int
    is_new: bool
    record_count: int
    landed_count: int
    rejected_count: int


class LoadRefused(Event, frozen=True, kw_only=True):
    """A document could not be loaded."""

    source: str
    problem: str


class LoadSkipped(Event, frozen=True, kw_only=True):
    """A file holds no data, such as a picture."""

    source: str
    kind: str


class PullEnded(Event, frozen=True, kw_only=True):
    """The pull of a source is over; `problem` is why it stopped before its end."""

    source: str
    request_count: int
    item_count: int
    problem: str | None


class RunBegan(Event, frozen=True, kw_only=True):
    """A run has found something to do."""


class Said(msgspec.Struct, frozen=True):
    """A failure or a warning, and of what it is."""

    name: str
    message: str


class RunEnded(Event, frozen=True, kw_only=True):
    """A run is over; `run_seq` is null where it had nothing to do or published nothing."""

    run_seq: int | None
    is_successful: bool
    is_held: bool
    held: tuple[str, ...]
    schema: str | None
    seconds: float
    load_count: int
    record_count: int
    rejected_count: int
    posted_count: int
    reversed_count: int
    relation_count: int
    check_count: int
    upgrades: tuple[str, ...]
    failures: tuple[Said, ...]
    warnings: tuple[Said, ...]
    unshown: tuple[str, ...]


class FollowersAdded(Event, frozen=True, kw_only=True):
    """A run added followers."""

    run_seq: int
    follower_count: int


class ScoresChanged(Event, frozen=True, kw_only=True):
    """A run changed the engagement scores of followers that were there before."""

    run_seq: int
    follower_count: int


class TiersChanged(Event, frozen=True, kw_only=True):
    """A run changed the engagement tiers of followers that were there before."""

    run_seq: int
    follower_count: int


class AlertsSent(Event, frozen=True, kw_only=True):
    """A channel took a message; `key` is its Message-ID or Idempotency-Key."""

    channel: str
    key: str
    alert_count: int


class AlertsNotSent(Event, frozen=True, kw_only=True):
    """A channel did not take a message; the next `notify` tries again."""

    channel: str
    key: str
    alert_count: int
    problem: str


class DecisionsRecorded(Logged, frozen=True, kw_only=True):
    """Decisions are recorded; the others of `given_count` held already."""

    given_count: int
    recorded_count: int


class TextsLabelled(Logged, frozen=True, kw_only=True):
    """The new texts of a workspace and platform were read; some of them got a label."""

    workspace: str
    platform: str
    text_count: int
    label_count: int


class InteractionsPurged(Logged, frozen=True, kw_only=True):
    """A platform lost what is older than its retention; a dry run counts it."""

    platform: str
    retention_days: int
    interaction_count: int
    kept_count: int
    is_dry: bool


class PrivacyActionEnded(Logged, frozen=True, kw_only=True):
    """An action of `privacy` is over; `count` is of rows, places or erasures it is about."""

    action: str
    count: int
    is_dry: bool


class BackupEnded(Logged, frozen=True, kw_only=True):
    """A backup is written, or restored from its file."""

    file: str
    is_restored: bool
    byte_count: int


class LakeEnded(Logged, frozen=True, kw_only=True):
    """An action of `lake` is over; a build that was not published has no success."""

    action: str
    folder: str
    is_successful: bool
    load_count: int | None
    row_count: int | None
    failures: tuple[Said, ...]


class ServeBegan(Logged, frozen=True, kw_only=True):
    """The server answers at this address."""

    address: str


class RequestAnswered(Logged, frozen=True, kw_only=True):
    """A request is over; status 0 is a client that left before the answer.

    `route` has placeholders and `workspace` is one that exists: nothing that a client made up.
    """

    route: str
    method: str
    status: int
    seconds: float
    workspace: str | None


class ServeEnded(Logged, frozen=True, kw_only=True):
    """The server has ended as it was told."""


class WatchBegan(Event, frozen=True, kw_only=True):
    """`warehouse watch` looks at these paths."""

    paths: tuple[str, ...]
    every_seconds: float


class WatchEnded(Event, frozen=True, kw_only=True):
    """`warehouse watch` has ended as it was told."""


class RunPostponed(Event, frozen=True, kw_only=True):
    """Something is new, but another run is active."""


class DatabaseLost(Event, frozen=True, kw_only=True):
    """The database cannot be used; it is tried again."""

    problem: str


class DatabaseFound(Event, frozen=True, kw_only=True):
    """The database can be used again."""


class Problem(Event, frozen=True, kw_only=True):
    """A command, or a step of `watch`, ended with this sentence."""

    problem: str


Emit = Callable[[Event], None]
Show = Callable[[], None]


def line(event: Event) -> str:
    """Return an event as a line of JSON."""
    told = json.dumps(msgspec.to_builtins(event), separators=(",", ":"))
    return told.replace("\x7f", "\\u007f")


def printer(form: Form | None) -> Emit:
    """Return what prints events as JSON, or nothing where reports are for people."""
    return _print if form == "json" else _ignore


def tell(form: Form, show: Show, *happened: Event) -> None:
    """Tell programs what a command has done, or show people its report."""
    if form != "json":
        show()
        return
    for event in happened:
        _print(event)


def _print(event: Event) -> None:
    stream = console.out.file  # a progress bar would take what is printed
    stream.write(line(event) + "\n")
    stream.flush()


def _ignore(_: Event) -> None:
    """Do nothing."""


@contextmanager
def logged(form: Form | None) -> Iterator[Emit]:
    """Yield what prints events; the sentence that ends a command is one, too."""
    emit = printer(form)
    try:
        yield emit
    except WarehouseError as error:
        emit(Problem(problem=error.message))
        raise


def of_load(result: Result) -> Event:
    """Return what became of a document."""
    if result.load is not None:
        fmt = None if result.fmt is None else result.fmt.name
        return of_landed(result.load, result.name, result.platform, fmt)
    if result.problem is not None:
        return LoadRefused(source=result.name, problem=result.problem)
    return LoadSkipped(source=result.name, kind=result.companion or "")


def of_landed(load: Load, source: str, platform: str | None, fmt: str | None) -> LoadLanded:
    """Return the load that a document became."""
    return LoadLanded(
        source=source,
        platform=platform,
        format=fmt,
        load_id=load.load_id,
        is_new=load.is_new,
        record_count=load.n_in,
        landed_count=load.n_landed,
        rejected_count=load.n_rejected,
    )


def of_run(outcome: Outcome) -> Iterator[Event]:
    """Yield what came of a run."""
    yield RunEnded(
        run_seq=outcome.run_seq,
        is_successful=outcome.is_successful,
        is_held=outcome.is_held,
        held=outcome.held,
        schema=outcome.marts,
        seconds=round(outcome.seconds, 3),
        load_count=outcome.load_count,
        record_count=outcome.record_count,
        rejected_count=outcome.rejected_count,
        posted_count=outcome.posted,
        reversed_count=outcome.reversed,
        relation_count=outcome.models,
        check_count=outcome.checks,
        upgrades=outcome.changes,
        failures=said(outcome.failures),
        warnings=said(outcome.warnings),
        unshown=outcome.unshown,
    )
    if outcome.scores is None or outcome.run_seq is None:
        return
    for kind, count in (
        (FollowersAdded, outcome.scores.new_follower_count),
        (ScoresChanged, outcome.scores.changed_score_count),
        (TiersChanged, outcome.scores.changed_tier_count),
    ):
        if count:
            yield kind(run_seq=outcome.run_seq, follower_count=count)


def of_message(sent: Sent) -> Event:
    """Return what became of a message."""
    channel, key = sent.message.channel, str(sent.message.key)
    count = len(sent.message.alerts)
    if sent.problem is None:
        return AlertsSent(channel=channel, key=key, alert_count=count)
    return AlertsNotSent(channel=channel, key=key, alert_count=count, problem=sent.problem)


def said(failures: tuple[Failure, ...]) -> tuple[Said, ...]:
    """Return failures or warnings as an event holds them."""
    return tuple(Said(failure.name, failure.message) for failure in failures)

"""Notifications: what is new in marts.engagement_alerts is sent to channels, each alert once.

Source: the mart, read as the analyst; raw.notifications, which says what has been sent.
Shape:  one `Sent` per message: taken, or why not.
Units:  alerts.
Errors: WarehouseError where another `notify` is active, where there is no mart, and where the
        marts show a past instant. A service that fails is no error: the next `notify` tries
        its messages again.

An alert is new to a channel until it is entered in raw.notifications, before it is sent, with
the key of its message. Every attempt to send a message has the same key, so what a crash
between sending and confirming repeats can be recognised. When an alert leaves the mart its rows
end: raised again, it is another one.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from uuid import UUID

import msgspec
import psycopg

from warehouse import channels, locks, messages, queries
from warehouse.channels import Channel
from warehouse.connection import Target
from warehouse.delivery import Service
from warehouse.errors import BUSY, FAILED, WarehouseError
from warehouse.messages import Alert, Message

PATIENCE_SECONDS = 600.0  # with a run that is active
_PAUSE_SECONDS = 0.5

STANDING = """
select
    follower_id,
    workspace_id,
    platform,
    coalesce(username, '–'),
    alert_kind,
    severity,
    evidence
from engagement_alerts
order by severity desc, workspace_id, since desc, follower_id, alert_kind
"""
ENTERED = """
select notification_id, channel, message_key, follower_id, alert_kind,
    sent_at is not null, attempt_count
from raw.notifications
where ended_at is null
order by notification_id
"""
END = (
    "update raw.notifications set ended_at = clock_timestamp() where notification_id = any(%s)"
)
ENTER = """
insert into raw.notifications
    (channel, message_key, workspace_id, follower_id, alert_kind, severity)
values (%s, %s, %s, %s, %s, %s)
"""
ATTEMPT = """
update raw.notifications
set attempt_count = attempt_count + 1, attempted_at = clock_timestamp(), problem = null
where channel = %s and message_key = %s and ended_at is null and sent_at is null
"""
RECORD = """
update raw.notifications
set problem = %s, sent_at = case when %s then clock_timestamp() end
where channel = %s and message_key = %s and ended_at is null and sent_at is null
"""
NEWEST_RUN = "select coalesce(max(run_seq), 0) from raw.runs"
PAST = """
select split_part(project_fingerprint, ' ', 2)
from raw.runs
where schema_prefix = '' and project_fingerprint is not null
order by run_seq desc
limit 1
"""


class Sent(msgspec.Struct, frozen=True):
    """What became of a message: `problem` is why its service did not take it."""

    message: Message
    title: str
    body: str
    problem: str | None = None


class Entered(msgspec.Struct, frozen=True):
    """A row of raw.notifications that has not ended."""

    notification_id: int
    channel: str
    message_key: UUID
    follower_id: UUID
    alert_kind: str
    is_sent: bool
    attempt_count: int


class Plan(msgspec.Struct, frozen=True):
    """What is to be written and sent: rows that end, new messages, messages to try again."""

    ended: Sequence[int]
    new: Sequence[Message]
    again: Sequence[Message]


def notify(
    target: Target,
    session: psycopg.Connection,
    declared: Mapping[str, Channel],
    *,
    is_dry: bool,
) -> Iterator[Sent]:
    """Send what is new, and again what was not taken; a dry run only tells it."""
    services = {name: _service(name, channel) for name, channel in declared.items()}
    busy = "Another `warehouse notify` is active; wait until it has finished."
    with locks.alone(session, "notify_lock", busy):
        if not is_dry:
            _refuse_past(session)
        standing = _standing(target, session)
        entered = [Entered(*row) for row in session.execute(ENTERED)]
        made = plan(standing, entered, declared)
        if not is_dry:
            _enter(session, made)
        failed: set[str] = set()
        for message in (*made.again, *made.new):
            if message.channel not in failed:
                sent = _send(session, services[message.channel], message, is_dry=is_dry)
                if sent.problem is not None:
                    failed.add(message.channel)  # its other messages wait, too
                yield sent


def plan(
    standing: Sequence[Alert], entered: Iterable[Entered], declared: Mapping[str, Channel]
) -> Plan:
    """Return what follows from the alerts that there are and from what has been entered."""
    by_key = {alert.key: alert for alert in standing}
    ended: list[int] = []
    known: set[tuple[str, tuple[UUID, str]]] = set()
    again: dict[tuple[str, UUID], list[Alert]] = {}
    attempts: dict[tuple[str, UUID], int] = {}
    for row in entered:
        alert = by_key.get((row.follower_id, row.alert_kind))
        if alert is None or not (row.is_sent or _is_wanted(declared.get(row.channel), alert)):
            ended.append(row.notification_id)
            continue
        known.add((row.channel, alert.key))
        if not row.is_sent:
            again.setdefault((row.channel, row.message_key), []).append(alert)
            attempts[row.channel, row.message_key] = row.attempt_count
    new = [
        message
        for name, channel in declared.items()
        for message in messages.messages(
            name,
            [
                alert
                for alert in standing
                if _is_wanted(channel, alert) and (name, alert.key) not in known
            ],
            is_digest=channel.messages == "digest",
        )
    ]
    return Plan(
        ended,
        new,
        # a message that is never taken does not keep back the others
        [Message(*key, again[key]) for key in sorted(again, key=attempts.__getitem__)],
    )


def _is_wanted(channel: Channel | None, alert: Alert) -> bool:
    return channel is not None and channel.wants(
        alert.workspace_id, alert.alert_kind, alert.severity
    )


def _service(name: str, channel: Channel) -> Service:
    try:
        return Service(channel.url)
    except ValueError as error:
        raise channels.refused_url(name, str(error)) from None


def _refuse_past(session: psycopg.Connection) -> None:
    """Refuse to send the alerts of a past day as if they were new."""
    row = session.execute(PAST).fetchone()
    if row is not None and row[0]:
        raise WarehouseError(
            f"The marts show {row[0]}, not today, so nothing was sent; `warehouse run` brings "
            "them up to date.",
            FAILED,
        )


def _standing(target: Target, session: psycopg.Connection) -> list[Alert]:
    """Return the alerts of the mart; during a run it would show some of them half."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        run = session.execute(NEWEST_RUN).fetchone()
        if not locks.is_held(session, "run_lock"):
            found = _read(target)
            is_same = session.execute(NEWEST_RUN).fetchone() == run
            if is_same and not locks.is_held(session, "run_lock"):
                return found
        time.sleep(_PAUSE_SECONDS)
    raise WarehouseError(
        "A run has been active for ten minutes; nothing was sent. Do it again after the run.",
        BUSY,
    )


def _read(target: Target) -> list[Alert]:
    try:
        with queries.analyst(target) as reader:
            return [Alert(*row) for row in reader.execute(STANDING)]
    except psycopg.errors.UndefinedTable:
        raise WarehouseError(
            "There is no mart engagement_alerts yet; `warehouse run` builds it."
        ) from None


def _enter(session: psycopg.Connection, made: Plan) -> None:
    """Write down what is going to be sent."""
    with session.transaction(), session.cursor() as cursor:
        cursor.execute(END, (made.ended,))
        cursor.executemany(
            ENTER,
            [
                (
                    message.channel,
                    message.key,
                    alert.workspace_id,
                    alert.follower_id,
                    alert.alert_kind,
                    alert.severity,
                )
                for message in made.new
                for alert in message.alerts
            ],
        )


def _send(
    session: psycopg.Connection, service: Service, message: Message, *, is_dry: bool
) -> Sent:
    told = messages.title(message.alerts), messages.body(message.alerts, service.room)
    if is_dry:
        return Sent(message, *told)
    of_message = message.channel, message.key
    session.execute(ATTEMPT, of_message)
    problem = service.send(message)
    session.execute(RECORD, (problem, problem is None, *of_message))
    return Sent(message, *told, problem)

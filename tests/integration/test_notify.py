"""Alerts that are sent: each once per channel, whatever fails or is killed."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from command_line import Console, ended, process
from receivers import Posted, Receiver, http_receiver, smtp_receiver

from warehouse import channels, notifications, runs, watch
from warehouse.connection import Target
from warehouse.events import AlertsSent, Event, Problem, ScoresChanged

SECRET = "s3cret-t0ken"
LONGEST = 120  # seconds for anything that should happen
HOSTILE = "@everyone.evil.com"
ACTORS = ("ann", "bob", HOSTILE)
FLAGS = "insert into raw.decisions (workspace_id, platform, actor_id, decision, reason) values"
RULE = "update seeds.alert_thresholds set measure = %s where alert_kind = 'review_flag_open'"
Declare = Callable[..., None]


@pytest.fixture(scope="module")
def flagged(
    warehouse: Console, session: psycopg.Connection, tmp_path_factory: pytest.TempPathFactory
) -> Console:
    """A warehouse with three followers, all of whom wait for a review."""
    file = tmp_path_factory.mktemp("landed") / "first.ndjson"
    records = [
        {"platform": "web", "actor_id": name, **more}
        for name in ACTORS
        for more in (
            {"record": "interaction", "id": name, "type": "like"},
            {"record": "profile", "display_name": f"hey {name}"},
        )
    ]
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    assert warehouse("load", file, "-w", "acme").code == 0
    for name in ACTORS:
        session.execute(
            FLAGS.encode() + b"('acme', 'web', %s, 'flagged', 'ask <b>@here</b>')", (name,)
        )
    assert warehouse("run", "--accept").code == 0
    return warehouse


@pytest.fixture
def hook() -> Iterator[Receiver]:
    """A receiver of JSON."""
    with http_receiver() as receiver:
        yield receiver


@pytest.fixture
def declare(flagged: Console, session: psycopg.Connection) -> Iterator[Declare]:
    """Writes the channels; afterwards nothing is known of any of them."""
    assert flagged
    path = channels.place()

    def write(text: str) -> None:
        path.touch(0o600)
        path.write_text(text)

    yield write
    path.unlink(missing_ok=True)
    session.execute("delete from raw.notifications")


def channel(name: str, receiver: Receiver, *more: str) -> str:
    """Return a channel as the file declares it."""
    url = f'url = "json://user:{SECRET}@127.0.0.1:{receiver.port}/{name}"'
    return "\n".join([f"[channels.{name}]", url, *more, ""])


def of(receiver: Receiver, name: str) -> list[Posted]:
    """Return what a channel has got."""
    return [posted for posted in receiver.posted if posted.path == f"/{name}"]


@pytest.fixture
def raise_again(session: psycopg.Connection) -> Callable[[], None]:
    """Takes all alerts away, lets something happen, and raises them again."""

    def take_away(happen: Callable[[], object] = lambda: None) -> None:
        session.execute(RULE, ("labels",))  # what no rule asks of a flag
        happen()
        session.execute(RULE, ("days",))

    return take_away


def test_watch_sends_after_a_run_and_tells_a_wrong_file_once(
    flagged: Console,
    declare: Declare,
    hook: Receiver,
    target: Target,
    tmp_path: Path,
) -> None:
    """Once, whoever looks afterwards; without a file nothing is sent and nothing is said."""
    told: list[Event] = []
    stopping = threading.Event()

    def emit(event: Event) -> None:
        told.append(event)
        if isinstance(event, AlertsSent):
            stopping.set()
        elif isinstance(event, Problem):
            declare(channel("team", hook))

    declare("[channels.team]\nurl = 1\n")
    like = {"record": "interaction", "platform": "web", "id": "new", "type": "like"}
    (tmp_path / "new.ndjson").write_text(json.dumps({**like, "actor_id": "ann"}) + "\n")
    assert flagged("load", tmp_path, "-w", "acme").code == 0
    timer = threading.Timer(LONGEST, stopping.set)
    timer.start()
    watch.watch((), every=0.1, resolve=lambda: target, emit=emit, stopping=stopping)
    timer.cancel()
    names = [type(event).__name__ for event in told if not isinstance(event, ScoresChanged)]
    assert names == ["RunBegan", "RunEnded", "Problem", "AlertsSent"], told
    (posted,) = of(hook, "team")
    assert posted.title == "3 new alerts in acme"
    assert "Nothing is new" in flagged("notify").out
    assert len(of(hook, "team")) == 1


def test_every_channel_gets_every_alert_once(
    flagged: Console, declare: Declare, hook: Receiver, session: psycopg.Connection
) -> None:
    with smtp_receiver() as post:
        declare(
            channel("team", hook)
            + channel("desk", hook, 'messages = "each"', 'severities = ["notice"]')
            + channel("other", hook, 'workspaces = ["other"]')
            + channel("calm", hook, 'kinds = ["vip_quiet"]')
            + "[channels.mail]\n"
            f'url = "mailto://127.0.0.1:{post.port}?from=w@example.org&to=t@example.org"\n'
        )
        said = flagged("notify")
        assert (said.code, said.err) == (0, "")
        assert said.out.splitlines() == [
            "team: 3 alerts sent in 1 message.",
            "desk: 3 alerts sent in 3 messages.",
            "mail: 3 alerts sent in 1 message.",
        ]
        for _ in range(2):
            said = flagged("notify")
            assert (said.code, said.out) == (0, "Nothing is new; no message was sent.\n")
        assert len(post.mails) == 1
    assert len(hook.posted) == 4
    (digest,) = of(hook, "team")
    assert digest.title == "3 new alerts in acme"
    assert len(digest.message.splitlines()) == 3
    assert len({posted.key for posted in hook.posted}) == 4
    for text in (digest.message, post.mails[0].get_content()):
        assert "@" not in text
        assert "evil.com" not in text
        assert "\uff20everyone" in text
    stored = session.execute("select notifications::text from raw.notifications").fetchall()
    assert len(stored) == 9
    for text in (said.out, said.err, repr(stored)):
        assert SECRET not in text
        assert "evil" not in text


def test_an_alert_that_is_raised_again_is_new(
    flagged: Console, declare: Declare, hook: Receiver, raise_again: Callable[..., None]
) -> None:
    declare(channel("team", hook))
    assert flagged("notify").code == 0
    raise_again(lambda: flagged("notify"))
    assert len(hook.posted) == 1
    assert flagged("notify").code == 0
    assert len(hook.posted) == 2
    raise_again()
    assert flagged("notify").code == 0  # nobody has looked meanwhile
    assert len(hook.posted) == 2


def test_what_fails_is_sent_next_time(
    flagged: Console, declare: Declare, hook: Receiver
) -> None:
    with http_receiver() as down:
        down.is_up = False
        declare(channel("team", hook) + channel("down", down))
        said = flagged("notify")
        assert said.code == 4
        assert said.out == "team: 3 alerts sent in 1 message.\n"
        assert said.err.startswith(
            "✗ down: 3 alerts not sent, because the service answered 500; the next `"
        )
        status = flagged("status")
        assert "! down: 3 alerts not sent since " in status.err
        assert "(the service answered 500)" in status.err
        assert SECRET not in said.err + status.err + status.out
        assert flagged("notify").code == 1
        down.is_up = True
        said = flagged("notify")
        assert (said.code, said.out) == (0, "down: 3 alerts sent in 1 message.\n")
        assert len(down.posted) == 1
    assert len(hook.posted) == 1
    assert "not sent" not in flagged("status").err
    assert flagged("notify").out.startswith("Nothing is new")


def test_a_refused_message_keeps_its_key_and_keeps_back_no_other(
    flagged: Console, declare: Declare, hook: Receiver, session: psycopg.Connection
) -> None:
    hook.is_up = False
    declare(channel("desk", hook, 'messages = "each"'))
    keys = "select attempt_count, message_key::text from raw.notifications order by 2"
    attempts = []
    for _ in range(4):
        assert flagged("notify").code == 1
        attempts.append(sorted(count for count, _ in session.execute(keys)))
    assert attempts == [[0, 0, 1], [0, 1, 1], [1, 1, 1], [1, 1, 2]]
    entered = [key for _, key in session.execute(keys)]
    hook.is_up = True
    assert flagged("notify").code == 0
    assert sorted(posted.key for posted in hook.posted) == entered


def test_what_ends_before_it_is_sent_is_not_sent(
    flagged: Console, declare: Declare, hook: Receiver, raise_again: Callable[..., None]
) -> None:
    hook.is_up = False
    declare(channel("team", hook))
    assert flagged("notify").code == 1

    def comes_up() -> None:
        hook.is_up = True
        assert flagged("notify").out.startswith("Nothing is new")

    raise_again(comes_up)
    assert hook.posted == []


def test_a_channel_that_is_gone_waits_for_nothing(
    flagged: Console, declare: Declare, hook: Receiver
) -> None:
    hook.is_up = False
    declare(channel("team", hook))
    assert flagged("notify").code == 1
    declare(channel("desk", hook, 'kinds = ["vip_quiet"]'))
    assert flagged("notify").out.startswith("Nothing is new")
    assert "not sent" not in flagged("status").err


def test_a_kill_before_it_is_recorded_repeats_one_message_with_its_key(
    flagged: Console, declare: Declare, hook: Receiver, target: Target
) -> None:
    declare(channel("desk", hook, 'messages = "each"'))
    running = process(target, "notify")

    def kill() -> None:
        if len(hook.posted) == 2:
            os.kill(running.pid, signal.SIGKILL)
            running.wait()

    hook.on_delivery = kill
    running.communicate(timeout=120)
    assert running.returncode == -signal.SIGKILL
    assert "the last attempt was interrupted" in flagged("status").err
    assert flagged("notify").out == "desk: 2 alerts sent in 2 messages.\n"
    first, repeated, *others = [posted.key for posted in hook.posted]
    assert Counter(others) == {repeated: 1, (set(others) - {repeated}).pop(): 1}
    assert first not in others
    assert flagged("notify").out.startswith("Nothing is new")
    assert len(hook.posted) == 4


def test_two_at_once(
    flagged: Console, declare: Declare, hook: Receiver, target: Target
) -> None:
    declare(channel("team", hook))
    arrived, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        arrived.set()
        assert go_on.wait(60)

    hook.on_delivery = wait
    # Apprise waits four seconds for an answer
    first = process(target, "notify")
    assert arrived.wait(60)
    sentence = flagged.fails("notify", code=3)
    go_on.set()
    assert sentence == "Another `warehouse notify` is active; wait until it has finished."
    assert ended(target, first).code == 0
    assert len(hook.posted) == 1
    assert flagged("notify").out.startswith("Nothing is new")


def test_a_dry_run_sends_and_writes_nothing(
    flagged: Console, declare: Declare, hook: Receiver, session: psycopg.Connection
) -> None:
    declare(channel("team", hook) + channel("desk", hook, 'messages = "each"'))
    for _ in range(2):
        said = flagged("notify", "--dry-run")
        assert (said.code, said.err) == (0, "")
        assert said.out.count("To desk: Notice in acme: ") == 3
        assert "To team: 3 new alerts in acme\n" in said.out
        assert said.out.count("Flagged for review: ask ‹b›") == 6
        assert said.out.endswith("Nothing was sent: this was a dry run.\n")
        assert SECRET not in said.out
    assert hook.posted == []
    assert session.execute("select count(*) from raw.notifications").fetchone() == (0,)
    assert flagged("notify").code == 0
    assert flagged("notify", "--dry-run").out == "Nothing is new; no message would be sent.\n"
    sentence = flagged.fails("notify", "--dry-run", "--log", "json", code=2)
    assert sentence.startswith("--dry-run prints messages for people")


def test_events_of_messages(flagged: Console, declare: Declare, hook: Receiver) -> None:
    with http_receiver() as down:
        down.is_up = False
        declare(channel("team", hook) + channel("down", down))
        said = flagged("notify", "--log", "json")
        assert (said.code, said.err) == (4, "")
        told = [json.loads(line) for line in said.out.splitlines()]
    assert [(item["event"], item["channel"], item["alert_count"]) for item in told] == [
        ("alerts_sent", "team", 3),
        ("alerts_not_sent", "down", 3),
    ]
    assert told[0]["key"] == hook.posted[0].key
    assert told[1]["problem"] == "the service answered 500"
    assert SECRET not in said.out


def test_files_that_cannot_be_used(flagged: Console, declare: Declare) -> None:
    sentence = flagged.fails("notify", code=2)
    assert sentence.startswith(f"There is no {channels.place()}, so no alert is sent anywhere")
    declare(f'[channels.team]\nurl = "slakc://{SECRET}"\n')
    sentence = flagged.fails("notify", code=2)
    assert sentence == (
        f"{channels.place()} has an address at channels.team.url that Apprise does not "
        "understand (slakc://)."
    )
    declare("[channels.team]\nurl = 3\n")
    said = flagged("notify", "--log", "json")
    assert said.code == 2
    assert json.loads(said.out)["problem"] in said.err


def test_the_past_is_no_news(
    flagged: Console, declare: Declare, hook: Receiver, session: psycopg.Connection
) -> None:
    declare(channel("team", hook))
    shown = "update raw.runs set project_fingerprint = project_fingerprint || %s"
    session.execute(shown, (" 2026-03-01",))
    try:
        sentence = flagged.fails("notify")
        assert sentence.startswith("The marts show 2026-03-01, not today, so nothing was sent")
        assert flagged("notify", "--dry-run").code == 0
    finally:
        session.execute(
            "update raw.runs set project_fingerprint = split_part(project_fingerprint, ' ', 1)"
        )
    assert hook.posted == []


def test_a_run_is_waited_for(
    flagged: Console,
    declare: Declare,
    hook: Receiver,
    session: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """During one the mart may show an alert that neither was nor will be there."""
    declare(channel("team", hook))
    monkeypatch.setattr(notifications, "PATIENCE_SECONDS", 0.2)
    with runs.run_lock(session):
        sentence = flagged.fails("notify", code=3)
    assert sentence.startswith("A run has been active for ten minutes; nothing was sent.")
    assert hook.posted == []
    assert flagged("notify").code == 0

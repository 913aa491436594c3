"""The laws of pulling, for every platform: all of it, once, within bounds, whatever fails."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
import tenacity
from command_line import Console
from fake_services.fakes import FAKES
from fake_services.service import TOKEN, Answer, Fault
from pulled import NOW, VARIABLE, Pulled, make

from warehouse.pulling import asking, declarations
from warehouse.pulling.pulls import Schedule

pytestmark = pytest.mark.first_build


@pytest.fixture(params=FAKES)
def pulled(
    request: pytest.FixtureRequest,
    warehouse: Console,
    session: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Pulled]:
    """A platform's fake with pages of three, and nothing pulled of it."""
    monkeypatch.setenv(VARIABLE, TOKEN)
    monkeypatch.setattr(asking, "_backoff", tenacity.wait_random(0, 0.01))
    with make(request.param) as service:
        found = Pulled(request.param, service, warehouse, session)
        found.service.page_size = 3
        yield found
        found.clear()
        found.file.unlink()


def test_everything_lands_once_and_then_nothing(pulled: Pulled) -> None:
    keys = pulled.publish(8)
    assert pulled.asked() <= 4
    assert pulled.has(*keys)
    before = pulled.row_counts()
    assert pulled.asked() <= 3  # the pages of the window
    assert "Nothing new" in pulled.pull().out
    assert pulled.row_counts() == before


def test_news_and_edits_within_the_window_are_seen(pulled: Pulled) -> None:
    keys = pulled.publish(8, step=86_400 if not pulled.fake.is_feed else 60)
    if not pulled.fake.is_feed:
        assert pulled.asked() == 1  # two days of look-back are within the first page
        assert pulled.asked("--backfill") <= 5
    else:
        pulled.asked()
    assert pulled.has(*keys)
    pulled.service.publish("950001", NOW + timedelta(seconds=5))
    pulled.service.publish(keys[-1], NOW + timedelta(seconds=9), "Edited")
    pulled.asked()
    stored = pulled.stored()
    assert stored[pulled.fake.stored("950001")] == 1
    assert stored[pulled.fake.stored(keys[-1])] == 2
    assert len(stored) == 9


def test_what_a_later_page_leaves_out_is_not_deleted(pulled: Pulled) -> None:
    keys = pulled.publish(4)
    pulled.asked()
    pulled.service.hide(keys[1])
    pulled.service.publish("950002", NOW)
    pulled.asked()
    assert pulled.has(*keys, "950002")
    gone = "select count(*) from raw.interactions where is_retracted"
    assert pulled.session.execute(gone).fetchone() == (0,)


def test_faults_that_pass_cost_requests_and_nothing_else(
    pulled: Pulled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "ANSWER_SECONDS", 0.4)
    keys = pulled.publish(8)
    pulled.service.faults.extend(
        [
            Fault(Answer(503, b"<html>busy</html>")),
            Fault(Answer(429, {}, {"Retry-After": "0"})),
            Fault(pulled.fake.limited(pulled.service, 0.2)),
            Fault(keep=40),
            Fault(),
            Fault(Answer(200, b'{"data": [')),
            Fault(delay=0.8),
            Fault(Answer(200, b"")),
        ]
    )
    assert pulled.pull().code == 0
    assert not pulled.service.faults
    assert pulled.has(*keys)


def test_a_limit_that_lasts_ends_the_pull_and_is_kept(pulled: Pulled) -> None:
    keys = pulled.publish(8)
    pulled.service.faults.extend([Fault(), Fault(pulled.fake.limited(pulled.service, 900))])
    said = pulled.pull()
    assert said.code == 4
    assert "wants no more requests now (" in said.err
    assert "; pull again after " in said.err
    asked = len(pulled.service.asked)
    assert asked == 2
    assert "wants no requests before" in pulled.pull().err
    assert len(pulled.service.asked) == asked
    assert "wants no more requests now" in " ".join(pulled.console("status").err.split())
    pulled.session.execute("update raw.pull_sources set wait_until = null")
    assert pulled.pull().code == 0
    assert pulled.has(*keys)


def test_an_expired_token_is_one_sentence(pulled: Pulled) -> None:
    pulled.publish(2)
    pulled.service.token = "another"
    said = pulled.pull()
    assert said.code == 1
    (sentence,) = said.err.splitlines()
    assert f"refuses the token in {VARIABLE} (" in sentence
    assert " and set that variable." in sentence
    assert len(pulled.service.asked) == 1
    assert TOKEN not in said.out + said.err


def test_a_budget_is_never_exceeded_and_the_rest_follows(pulled: Pulled) -> None:
    keys = pulled.publish(12)
    pulled.declare(budget=2)
    for _ in range(6):
        before = len(pulled.service.asked)
        said = pulled.pull()
        assert len(pulled.service.asked) - before <= 2
        if pulled.stored().total() == len(keys):
            break
        assert "The budget of 2 requests a pull is used up" in said.err
    assert pulled.has(*keys)


def test_a_day_has_a_budget_that_retries_count_in(pulled: Pulled) -> None:
    pulled.publish(12)
    pulled.declare(daily_budget=3)
    pulled.service.faults.append(Fault(Answer(500, b"")))
    for _ in range(3):
        said = pulled.pull()
        assert "The budget of 3 units a day is used up" in said.err
    assert len(pulled.service.asked) == 3


def test_a_failing_item_leaves_the_others_alone(pulled: Pulled) -> None:
    if pulled.fake.is_feed:
        return  # there is one item
    keys = pulled.publish(2)
    pulled.declare(pulled.fake.other_item, pulled.fake.item)
    other = pulled.fake.other_item.partition(":")[2]
    pulled.service.is_hit = lambda asked: other in str(asked)
    for status, words in ((500, "with status 500"), (403, "refused it with status 403")):
        pulled.service.always = Fault(Answer(status, {"message": "out\x1b[2J of order"}))
        said = pulled.pull()
        assert said.code == 4
        assert words in " ".join(said.err.split())
        assert "\x1b" not in said.err
        assert pulled.has(*keys)
        assert words in " ".join(pulled.console("status").err.split())
    pulled.service.always = None
    assert pulled.pull().code == 0
    assert words not in pulled.console("status").err


def test_a_changed_schema_is_said_and_loses_nothing(pulled: Pulled) -> None:
    keys = pulled.publish(8)
    pulled.service.faults.extend([Fault(), Fault(replace=pulled.fake.renamed)])
    said = pulled.pull()
    assert said.code == 4
    assert "in a form that this version does not know" in " ".join(said.err.split())
    assert pulled.pull().code == 0
    assert pulled.has(*keys)


@pytest.mark.parametrize("skew", [timedelta(days=-1), timedelta(days=1)])
def test_a_wrong_clock_misses_nothing(pulled: Pulled, skew: timedelta) -> None:
    pulled.service.skew = skew
    pulled.declare(look_back="1h")
    keys = pulled.publish(3, NOW + skew - timedelta(minutes=1), step=1)
    pulled.asked("--backfill") if not pulled.fake.is_feed else pulled.asked()
    assert pulled.has(*keys)
    pulled.service.publish("950003", pulled.service.now())
    pulled.asked()
    assert pulled.has(*keys, "950003")


def test_a_backfill_is_broken_off_and_goes_on(pulled: Pulled) -> None:
    if pulled.fake.is_feed:
        return  # it hands out only what is new
    keys = pulled.publish(20, step=86_400)
    pulled.declare(budget=3)
    assert pulled.pull("--backfill").code == 4
    pulled.service.publish("950004", NOW + timedelta(seconds=1))  # news do not wait for it
    assert pulled.asked() <= 2
    assert pulled.stored()[pulled.fake.stored("950004")] == 1
    assert "unfinished" in pulled.console("status").out
    assert (
        "goes on with a pull that was interrupted" in pulled.pull("--backfill", "--dry-run").out
    )
    for _ in range(12):
        if pulled.pull("--backfill").code == 0:
            break
    assert pulled.has(*keys, "950004")


def test_since_a_day_goes_back_to_it(pulled: Pulled) -> None:
    if pulled.fake.is_feed:
        return
    keys = pulled.publish(20, step=86_400)
    day = NOW - timedelta(days=6)
    assert pulled.asked("--since", f"{day:%Y-%m-%d}") <= 5
    stored = pulled.stored()
    assert all(pulled.fake.stored(key) in stored for key in keys[-7:])
    assert len(stored) <= 9


def test_a_dry_run_asks_nobody(pulled: Pulled) -> None:
    said = pulled.pull("--dry-run")
    assert said.code == 0
    assert pulled.fake.item in said.out
    assert not pulled.service.asked


def test_an_answer_that_holds_the_token_lands_without_it(pulled: Pulled) -> None:
    pulled.service.publish("1", NOW, f"a {TOKEN} b")
    pulled.asked()
    row = pulled.session.execute("select max(text) from raw.interactions").fetchone()
    assert row is not None
    assert row[0].endswith("a TOKEN b")


def test_people_who_opted_out_are_not_stored(pulled: Pulled) -> None:
    pulled.publish(2)
    pulled.asked()
    actors = pulled.session.execute(
        "select distinct platform, actor_id from raw.interactions where actor_id is not null"
    ).fetchall()
    pulled.clear()
    pulled.session.execute(
        "insert into raw.decisions (workspace_id, platform, actor_id, decision)"
        " select 'acme', %s, actor, 'opted_out' from unnest(%s::text[]) as act (actor)",
        (actors[0][0], [actor for _, actor in actors]),
    )
    try:
        pulled.asked()
        assert not pulled.stored()
        known = "select count(*) from raw.profiles where actor_id = any(%s)"
        gone = [actor for _, actor in actors]
        assert pulled.session.execute(known, (gone,)).fetchone() == (0,)
    finally:
        pulled.session.execute("delete from raw.decisions")


def test_a_schedule_pulls_what_is_due_and_tells_problems_once(pulled: Pulled) -> None:
    keys = pulled.publish(4)
    pulled.declare(every="10s")
    schedule = Schedule(declarations.read(), threading.Event())
    assert sum(result.load is not None for result in schedule.land(pulled.session)) >= 2
    assert pulled.has(*keys)
    asked = len(pulled.service.asked)
    assert not list(schedule.land(pulled.session))
    assert len(pulled.service.asked) == asked
    pulled.service.token = "another"
    for told in (1, 0):
        schedule.due_at.clear()
        assert len(list(schedule.land(pulled.session))) == told
    pulled.service.token = TOKEN
    pulled.service.publish("950005", NOW)
    schedule.due_at.clear()
    assert any(result.load is not None for result in schedule.land(pulled.session))
    assert pulled.has(*keys, "950005")
    pulled.declare()
    assert not list(Schedule(declarations.read(), threading.Event()).land(pulled.session))

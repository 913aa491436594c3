"""What holds of a fake holds of the real service, where the environment has a token for it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest
import real_services
from command_line import Console, Said
from fake_services.fakes import FAKES
from fake_services.service import TOKEN
from pulled import VARIABLE, Pulled, make

from warehouse.pulling import apis

pytestmark = pytest.mark.first_build

REAL = real_services.available()


@pytest.fixture(params=[*FAKES, *(f"real {platform}" for platform in REAL)])
def pulled(
    request: pytest.FixtureRequest,
    warehouse: Console,
    session: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Pulled]:
    """A platform that has something new."""
    platform = request.param.removeprefix("real ")
    is_real = platform != request.param
    token = os.environ[real_services.token_name(platform)] if is_real else TOKEN
    monkeypatch.setenv(VARIABLE, token)
    with ExitStack() as stack:
        service = stack.enter_context(make(platform))
        found = Pulled(platform, service, warehouse, session)
        if is_real:
            found.declare(REAL[platform], url=apis.known()[platform].url, budget=50)
        else:
            found.publish(8)
        yield found
        found.clear()
        found.file.unlink()


def requests_of(said: Said) -> int:
    """Return how many requests a pull sent, as its log says."""
    (told,) = [
        event
        for event in map(json.loads, said.out.splitlines())
        if event["event"] == "pull_ended"
    ]
    assert told["problem"] is None
    return int(told["request_count"])


def test_a_second_pull_asks_for_no_more_than_the_first(pulled: Pulled) -> None:
    first = requests_of(pulled.pull("--log", "json"))
    assert 1 <= requests_of(pulled.pull("--log", "json")) <= first


def test_a_wrong_token_is_one_sentence(pulled: Pulled, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = os.environ[VARIABLE][::-1]
    monkeypatch.setenv(VARIABLE, wrong)
    sentence = pulled.console.fails("pull", "s")
    assert f"refuses the token in {VARIABLE} (" in sentence
    assert wrong not in sentence


def test_pages_land_whole_and_once(pulled: Pulled) -> None:
    first = pulled.pull("--since", "2026-01-01")
    assert first.code in (0, 4), first
    assert "status" not in first.err
    assert "form that this version does not know" not in first.err
    counts = pulled.session.execute(
        "select count(*) filter (where n_rejected > 0), count(*) > 0 from raw.loads"
    ).fetchone()
    assert counts == (0, True)
    again = pulled.pull()
    assert again.code in (0, 4), again
    stored = pulled.session.execute(
        "select count(*) from raw.pull_cursors where problem is not null"
    )
    assert stored.fetchone() == (0,)

"""What each API asks for beneath a page, and what it understands of limits and refusals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from fake_services import discord, graph, x
from fake_services.fakes import FAKES
from fake_services.linear import Linear
from fake_services.youtube import CHANNEL, YouTube
from pull_memory import Memory
from pulled import NOW

from loaders.parsing.formats import Context
from loaders.reading.documents import Document
from loaders.reading.reader import outcomes
from loaders.records import Counter, Interaction, Landed
from loaders.registry import recognise
from warehouse.pulling import apis
from warehouse.pulling.api import Reply


@contextmanager
def serving(platform: str, service: Any, item: str) -> Iterator[Memory]:
    """Serve a fake and follow an item of it."""
    with service:
        memory = Memory(platform, service)
        memory.fake = FAKES[platform]._replace(item=item)
        yield memory


def records(memory: Memory) -> list[Any]:
    """Return all records of the pages."""
    found: list[Any] = []
    for name, content in zip(memory.names, memory.pages, strict=True):
        with Document.of_bytes(content, name) as document:
            _, fmt = recognise(document, memory.platform)
            for outcome in outcomes(document, fmt, Context()):
                assert isinstance(outcome, Landed), outcome
                found += outcome.records
    return found


def ids(memory: Memory) -> set[str]:
    """Return the native ids of all interactions."""
    return {one.native_id for one in records(memory) if isinstance(one, Interaction)}


def test_replies_on_youtube_are_asked_for_when_there_are_more() -> None:
    service = YouTube()
    service.page_size = 3
    service.publish("900001", NOW)
    for number in range(7):
        service.reply("900001", f"r{number}", NOW)
    with serving("youtube", service, f"comments:{CHANNEL}") as memory:
        assert memory.pull() == 4  # the thread, and three pages of replies
        assert {f"comment:900001.r{number}" for number in range(7)} <= ids(memory)
        assert memory.pull() == 1
        service.reply("900001", "r7", NOW)
        assert memory.pull() == 4
        assert "comment:900001.r7" in ids(memory)


def test_videos_on_youtube_bring_their_statistics() -> None:
    service = YouTube()
    service.upload("vid1", NOW, 120)
    with serving("youtube", service, f"videos:{CHANNEL}") as memory:
        assert memory.pull() == 2
        counters = [one for one in records(memory) if isinstance(one, Counter)]
        counted = {one.native_metric: one.value for one in counters}
        assert counted == {"viewCount": 120, "likeCount": 3, "commentCount": 2}
        assert memory.pull() <= 2  # the statistics again in another hour only


def test_issues_on_linear_bring_all_their_comments() -> None:
    service = Linear()
    service.page_size = 3
    for number in range(8):
        service.publish(f"90000{number}", NOW - timedelta(seconds=number))
    with serving("linear", service, "issues:ENG") as memory:
        assert memory.pull() == 4  # the issue, and three pages of its comments
        assert {f"comment:90000{number}" for number in range(8)} == ids(memory)
        assert memory.pull() == 1


def test_threads_and_reactions_on_discord() -> None:
    service = discord.Discord()
    thread = "700000000000000005"
    service.publish("900001", NOW)
    service.publish("900002", NOW, channel=thread)
    service.begin_thread("900001", thread)
    service.react("900001", "500000000000000031")
    service.react("900001", "500000000000000032")
    with serving("discord", service, f"messages:{discord.CHANNEL}") as memory:
        memory.pull()
        key = "reaction:800000000000900001:🌱:50000000000000003"
        assert ids(memory) == {
            "message:800000000000900001",
            "message:800000000000900002",
            f"{key}1",
            f"{key}2",
        }
        assert memory.pull() == 1


@pytest.mark.parametrize(
    ("platform", "make", "item", "key"),
    [
        ("facebook", graph.Facebook, f"posts:{graph.ACCOUNT}", "comment:900001_{}"),
        ("instagram", graph.Instagram, f"media:{graph.ACCOUNT}", "comment:17{}"),
    ],
)
def test_more_comments_than_a_post_brings(
    platform: str, make: type[graph.Graph], item: str, key: str
) -> None:
    service = make()
    service.comment_size = 3
    service.publish("900001", NOW)
    for number in range(7):
        service.add_comment("900001", f"90001{number}", NOW)
    with serving(platform, service, item) as memory:
        assert memory.pull() == 4
        assert {key.format(f"90001{number}") for number in range(7)} <= ids(memory)
        assert memory.pull() == 1
        assert not any(service.token.encode() in page for page in memory.pages)


@pytest.mark.parametrize(
    ("platform", "make", "metrics"),
    [
        (
            *("facebook", graph.Facebook),
            {"post_media_view", "post_total_media_view_unique", "post_clicks"},
        ),
        ("instagram", graph.Instagram, {"reach", "views", "saved", "shares"}),
    ],
)
def test_insights_are_counters_of_their_post(
    platform: str, make: type[graph.Graph], metrics: set[str]
) -> None:
    service = make()
    service.publish("900001", NOW)
    service.publish("900002", NOW)
    service.seen["900001"] = 57
    with serving(platform, service, f"insights:{graph.ACCOUNT}") as memory:
        assert memory.pull() == 1
        post = f"{graph.ACCOUNT}_900001" if platform == "facebook" else "900001"
        counters = [one for one in records(memory) if isinstance(one, Counter)]
        assert {
            (one.native_metric, one.value)
            for one in counters
            if one.post_id == post and one.native_metric in metrics
        } == {(metric, 57) for metric in metrics}
        service.seen["900001"] = 60
        assert memory.pull() == 1
        assert 60 in {one.value for one in records(memory) if isinstance(one, Counter)}


def test_replies_and_likers_on_x() -> None:
    service = x.X()
    service.write("1700000000000000100", NOW, replies=2)
    service.publish("900001", NOW)
    service.publish("900002", NOW)
    service.like("1700000000000000100", "31")
    with serving("x", service, f"posts:{x.ACCOUNT}") as memory:
        assert memory.pull() == 2
        assert {"tweet:1700000000000900001", "tweet:1700000000000900002"} <= ids(memory)
        assert memory.pull() == 1
        memory.fake = memory.fake._replace(item=f"likers:{x.ACCOUNT}")
        memory.state = b"{}"
        assert memory.pull() == 2
        assert "like:1700000000000000100:31" in ids(memory)


def judged(
    platform: str, status: int, body: object, **headers: str
) -> tuple[str, float | None]:
    """Return what an API makes of an answer."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    at = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)
    reply = Reply(status, names, msgspec.json.encode(body), at)
    verdict = apis.known()[platform].judge(reply)
    return ("", None) if verdict is None else (verdict.kind, verdict.seconds)


def youtube_error(reason: str) -> dict[str, object]:
    """Return an error of YouTube."""
    return {"error": {"message": reason, "errors": [{"reason": reason}]}}


def graph_error(code: int) -> dict[str, object]:
    """Return an error of the Graph API."""
    return {"error": {"message": "no", "code": code}}


USAGE = '{"1": [{"call_count": 100, "estimated_time_to_regain_access": 7}]}'


@pytest.mark.parametrize(
    ("platform", "status", "body", "headers", "verdict"),
    [
        ("youtube", 403, youtube_error("quotaExceeded"), {}, ("limit", 12 * 3600)),
        ("youtube", 403, youtube_error("rateLimitExceeded"), {}, ("limit", None)),
        ("youtube", 400, youtube_error("keyInvalid"), {}, ("token", None)),
        ("youtube", 403, youtube_error("commentsDisabled"), {}, ("no", None)),
        ("youtube", 200, youtube_error("quotaExceeded"), {}, ("", None)),
        ("facebook", 400, graph_error(190), {}, ("token", None)),
        ("facebook", 400, graph_error(10), {}, ("no", None)),
        ("facebook", 500, graph_error(2), {}, ("again", None)),
        (
            *("facebook", 400, graph_error(32)),
            *({"x_business_use_case_usage": USAGE}, ("limit", 420)),
        ),
        ("telegram", 401, {"ok": False, "description": "Unauthorized"}, {}, ("token", None)),
        ("telegram", 409, {"ok": False, "description": "webhook"}, {}, ("stop", None)),
        ("linear", 200, {"errors": [{"message": "no such team"}]}, {}, ("no", None)),
        ("discord", 429, {"retry_after": 1.5}, {}, ("limit", 1.5)),
        ("discord", 403, {"code": 50001}, {}, ("no", None)),
        ("facebook", 400, graph_error(4), {}, ("limit", 600)),
        ("facebook", 400, graph_error(4), {"retry_after": "90"}, ("limit", 90)),
        ("x", 200, {"meta": {"result_count": 0}, "errors": [{"type": "a/b"}]}, {}, ("", None)),
        ("linear", 200, {"data": {"comments": {"nodes": []}}, "errors": [{}]}, {}, ("", None)),
    ],
)
def test_what_platforms_say(
    platform: str,
    status: int,
    body: object,
    headers: dict[str, str],
    verdict: tuple[str, float | None],
) -> None:
    assert judged(platform, status, body, **headers) == verdict


@pytest.mark.parametrize(
    ("platform", "headers", "seconds"),
    [
        ("discord", {"x-ratelimit-remaining": "0", "x-ratelimit-reset-after": "2.5"}, 2.5),
        ("discord", {"x-ratelimit-remaining": "3", "x-ratelimit-reset-after": "2.5"}, 0),
        ("facebook", {"x-app-usage": '{"call_count": 96, "total_time": 3}'}, 600),
        ("facebook", {"x-app-usage": '{"call_count": 20, "total_time": 3}'}, 0),
        ("instagram", {"x-app-usage": "broken"}, 0),
    ],
)
def test_pauses_that_platforms_want(
    platform: str, headers: dict[str, str], seconds: float
) -> None:
    reply = Reply(200, headers, b"{}", datetime.now(UTC))
    assert apis.known()[platform].pause(reply) == seconds

"""Reported cases of TikTok, X, LinkedIn, YouTube, Linear and product tracking."""

from __future__ import annotations

from collections import Counter as Tally
from pathlib import Path

import pytest
from platform_files import apply, landed, rejected

from loaders.parsing.formats import Context, Format
from loaders.platforms import x
from loaders.reading.documents import Document
from loaders.reading.reader import outcomes
from loaders.records import Counter, Identity, Interaction, Landed, Outcome, Post, Profile
from loaders.registry import modules, recognise

FIXTURES = Path(__file__).parents[1] / "fixtures"
PROJECT = Path(__file__).parents[2]
REPORTED = PROJECT.parent / "shared" / "samples" / "reported"
reported = pytest.mark.skipif(not REPORTED.is_dir(), reason="the reported samples are not here")
MOSS = Context(account="moss")


def outcomes_of(
    path: Path, context: Context = MOSS, platform: str | None = None
) -> list[Outcome]:
    with Document.open(path) as document:
        _, fmt = recognise(document, platform)
        return list(outcomes(document, fmt, context))


def format_named(platform: str, name: str) -> Format:
    return next(fmt for fmt in modules()[platform].FORMATS if fmt.name == name)


def interactions(found: list[Outcome]) -> list[Interaction]:
    return [record for record in landed(found) if isinstance(record, Interaction)]


def notes(found: list[Outcome]) -> Tally[tuple[str, str]]:
    """How often each field was remarked upon."""
    return Tally(
        (remark.kind, remark.field)
        for out in found
        if isinstance(out, Landed)
        for remark in out.notes
    )


def test_a_download_of_2026_says_more() -> None:
    found = outcomes_of(FIXTURES / "tiktok/valid/user_data_2026.json")
    assert not rejected(found)
    told = {(one.native_type, one.text): one for one in interactions(found)}
    assert not {"how much water", "liked words"} & {one.text for one in told.values()}
    comment = told["CommentsList", "so calm"]
    assert (comment.post_id, comment.actor_id) == ("700", "moss")
    assert told["CommentsList", "no post told"].post_id is None
    assert told["RepostList", None].post_id == "701"
    assert told["VideoList", None].post_id == "702"
    group = told["GroupChat", "all here"]
    assert (group.actor_id, group.thread_id) == ("@ivy", "conversation:7400000000000000001")
    assert told["ChatHistory", "hi"].actor_id == "@lark"
    mine = told["ChatHistory", "hello"]
    assert (mine.actor_id, mine.actor_kind) == ("moss", "exporter")
    live, question = (
        told["WatchLiveComments", "hi live"],
        told["WatchLiveQuestions", "which moss?"],
    )
    assert live.post_id == question.post_id == "7400000000000000002"
    assert {record.native_type for record in landed(found) if isinstance(record, Post)} == {
        "video",
        "live",
    }
    assert notes(found) == {
        ("passed_over", "Login History"): 2,
        ("passed_over", "Tako Chat History"): 1,
        ("passed_over", "Favorite Comment"): 1,
        ("passed_over", "Posts"): 1,
    }


def test_who_exports_is_no_part_of_a_key() -> None:
    path = FIXTURES / "tiktok/valid/user_data_2026.json"
    known, unknown = interactions(outcomes_of(path)), interactions(outcomes_of(path, Context()))
    assert [one.native_id for one in known] == [one.native_id for one in unknown]
    (chat,) = (one for one in unknown if one.text == "hello")
    assert (chat.actor_id, chat.actor_kind) == ("@moss.and.stone", "exporter")


def test_lists_that_alone_are_there_are_counted() -> None:
    path = FIXTURES / "tiktok/valid/user_data_2026.json"
    with Document.open(path) as document:
        _, fmt = recognise(document)
    content = (
        b'{"Comment":{"Comments":{"CommentsList":[]}},"Post":{"Posts":{"VideoList":[1,2]}}}'
    )
    found = apply(content, fmt)
    assert notes(found) == {("passed_over", "Posts"): 2}
    assert not landed(found)


@reported
@pytest.mark.parametrize("name", ["c09_tiktok_user_data.json", "d30_tiktok_2026.json"])
def test_reported_tiktok_downloads(name: str) -> None:
    found = outcomes_of(REPORTED / name)
    assert not rejected(found)
    told = {one.native_type: one for one in interactions(found)}
    assert told["RepostList"].post_id == "7500000000000000001"
    if name.startswith("d30"):
        assert told["CommentsList"].post_id == "7500000000000000009"
        assert told["GroupChat"].actor_id == "@ivy"
        assert told["WatchLiveComments"].text == "hi live"
        assert not [one for one in told.values() if one.text == "how"]
        assert notes(found)["passed_over", "Tako Chat History"] == 1


def test_counts_of_comments_belong_to_them() -> None:
    counted = {}
    for name in (
        "tiktok/valid/web.json", "tiktok/valid/research.json", "youtube/valid/threads.json",
        "youtube/valid/tool.csv", "linkedin/valid/comments.json", "skool/valid/comments.json",
    ):  # fmt: skip
        found = landed(outcomes_of(FIXTURES / name))
        comments = {one.native_id for one in found if isinstance(one, Interaction) and one.text}
        posts = {one.post_id for one in found if isinstance(one, Post)}
        of_comments = [one for one in found if isinstance(one, Counter)]
        of_comments = [one for one in of_comments if one.post_id in comments]
        assert of_comments, name
        assert {one.post_id for one in of_comments} <= posts
        counted.update({one.native_metric: one for one in of_comments})
    assert counted.keys() >= {"digg_count", "like_count", "likeCount", "likes", "upvotes"}
    metrics = (PROJECT / "seeds/counter_metrics.csv").read_text().split()
    assert counted.keys() <= {row.partition(",")[0] for row in metrics}


def test_the_channel_owns_its_video() -> None:
    found = landed(outcomes_of(FIXTURES / "youtube/valid/threads.json"))
    (video, *_) = (one for one in found if isinstance(one, Post) and one.native_type == "video")
    assert video.owner_id is not None
    assert video.owner_id == video.author_id


def test_a_reaction_that_changes_stays_one() -> None:
    path = FIXTURES / "linkedin/valid/Reactions.csv"
    before = {one.native_id: one.native_kind for one in interactions(outcomes_of(path))}
    with Document.open(path) as document:
        _, fmt = recognise(document)
    changed = path.read_bytes().replace(b"00,LIKE,", b"00,EMPATHY,")
    after = {one.native_id: one.native_kind for one in interactions(apply(changed, fmt))}
    assert before.keys() == after.keys()
    assert list(before.values()) == ["LIKE", "EMPATHY", "LIKE", "PRAISE"]
    assert list(after.values()) == ["EMPATHY", "EMPATHY", "EMPATHY", "PRAISE"]


def test_messages_of_2020() -> None:
    hello, back, gone = interactions(outcomes_of(FIXTURES / "linkedin/valid/messages_2020.csv"))
    assert (hello.text, hello.actor_id, hello.actor_kind) == ('Hello, "you"', None, "person")
    assert (back.actor_id, back.actor_kind) == ("moss", "exporter")
    assert hello.thread_id == back.thread_id != gone.thread_id
    assert (gone.actor_id, gone.actor_kind) == (None, "deleted")


def test_a_notification_has_its_actor() -> None:
    assigned, commented = interactions(outcomes_of(FIXTURES / "linear/valid/notification.json"))
    assert (assigned.actor_id, assigned.post_id) == ("a1", "i1")
    assert (commented.actor_id, commented.native_kind) == ("a2", "issueNewComment")


@reported
def test_reported_counts_are_set_aside() -> None:
    found = outcomes_of(REPORTED / "b2b_tiktok.json")
    told = {one.native_id: one for one in landed(found) if isinstance(one, Interaction)}
    assert {"comment:901", "comment:902"} <= told.keys()
    assert notes(found)["set_aside", "digg_count"] == 2
    assert [out.reason for out in rejected(found)] == ["time_out_of_range"]  # create_time 0


@reported
def test_reported_linkedin_and_linear() -> None:
    me = Context(account="me")
    before, after = (
        interactions(outcomes_of(REPORTED / f"b30{one}_Reactions.csv", me)) for one in "ab"
    )
    assert [one.native_id for one in before] == [one.native_id for one in after]
    assert after[0].native_kind == "PRAISE"
    (message,) = interactions(outcomes_of(REPORTED / "c10a_messages_2020.csv", me))
    assert message.text == "Hello"
    path = REPORTED / "linkedin" / "Comments.csv"
    unknown, known = (
        interactions(outcomes_of(path, Context())),
        interactions(outcomes_of(path, me)),
    )
    assert [one.native_id for one in unknown] == [one.native_id for one in known]
    assert {one.actor_id for one in known} == {"me"}
    (notified,) = interactions(outcomes_of(REPORTED / "linear_notification.json"))
    assert notified.actor_id == "a1"


def test_compliance_files_are_told_without_their_platform() -> None:
    found = outcomes_of(FIXTURES / "x/valid/compliance_reasons.ndjson")
    protected, deactivated = interactions(found)
    assert (protected.native_id, protected.is_retracted) == ("tweet:1700000000000000101", True)
    assert protected.version_at is None  # as new as its delivery
    assert deactivated.version_at and deactivated.version_at.day == 4
    assert [
        (one.post_id, one.is_removed) for one in landed(found) if isinstance(one, Post)
    ] == [
        ("1700000000000000101", True),
        ("1700000000000000102", True),
    ]


def test_posts_of_the_older_api() -> None:
    found = outcomes_of(FIXTURES / "x/valid/statuses_v1.jsonl")
    assert not rejected(found)
    told = {one.native_id: one for one in interactions(found)}
    assert set(told) == {
        "retweeted:1334800000000000001:11", "tweet:1334900000000000002",
        "mention:1334900000000000002:13", "tweet:1334900000000000003",
    }  # fmt: skip
    reply = told["tweet:1334900000000000002"]
    assert (reply.native_type, reply.text) == ("replied_to", "@loam yes, ask @fern about it")
    assert told["tweet:1334900000000000003"].native_type == "quoted"


def test_an_archive_names_its_account() -> None:
    path = FIXTURES / "x/valid/account.js"
    assert x.account_of(path.read_bytes()) == "20"
    assert x.account_of((FIXTURES / "x/valid/like.js").read_bytes()) is None
    assert x.account_of(b"window.YTD.account.part0 = [{") is None
    (profile,) = landed(outcomes_of(path))
    assert isinstance(profile, Profile)
    assert (profile.actor_id, profile.username, profile.actor_kind) == ("20", "cy", "exporter")


def test_the_newest_wording_of_a_post_is_told_by_its_ids() -> None:
    first, last = "2028051369004367872", "2028056402248794112"  # 20 minutes later
    tweet = '{"id":"%s","text":"%s","author_id":"1","created_at":"2026-03-01T10:00:00.000Z",'
    tweet += (
        '"edit_history_tweet_ids":[%s],"referenced_tweets":[{"type":"replied_to","id":"9"}]}'
    )
    old = tweet % (first, "old", f'"{first}"')
    new = tweet % (last, "new", f'"{first}","{last}"')
    found = landed(apply(f"{old}\n{new}".encode(), format_named("x", "x_tweets_json")))
    before, after = (one for one in found if isinstance(one, Interaction))
    assert before.native_id == after.native_id
    assert before.version_at and after.version_at and before.version_at < after.version_at
    posts = [one for one in found if isinstance(one, Post) and one.title == "new"]
    assert [one.observed_at for one in posts] == [after.version_at]


@reported
def test_reported_x_files() -> None:
    for name in ("x_compliance.jsonl", "c12a_twarc1.jsonl", "c12b_tweet.js", "b3_x_flat.jsonl"):
        found = outcomes_of(REPORTED / name)
        assert interactions(found), name
        assert not rejected(found), name


def test_takeout_in_any_language() -> None:
    top, answer, under = interactions(outcomes_of(FIXTURES / "youtube/valid/kommentare.csv"))
    assert (top.native_id, top.text, top.post_id) == ("comment:UgzDE1", "schön", "vid11111111")
    assert (answer.native_id, answer.parent_id) == ("comment:UgzDE1.9abc", "comment:UgzDE1")
    assert (under.post_id, under.actor_kind) == ("UgkxPostPostPost", "exporter")
    (chat,) = interactions(outcomes_of(FIXTURES / "youtube/valid/chats_en_direct.csv"))
    assert (chat.native_type, chat.text) == ("live_chat", "bonjour")


def test_a_downloader_tells_when_only_roughly() -> None:
    top, answer = interactions(outcomes_of(FIXTURES / "youtube/valid/downloader.jsonl"))
    assert (top.time_precision, top.actor_id) == ("day", "UCaaaaaaaaaaaaaaaaaaaaaa")
    assert answer.parent_id == top.native_id == "comment:UgyAAA1"
    found = outcomes_of(FIXTURES / "youtube/set_aside/downloader.csv")
    (rough,) = interactions(found)
    assert (rough.occurred_at, rough.text) == (None, "so calm")
    assert notes(found) == {("set_aside", "time"): 1, ("set_aside", "votes"): 1}


def test_a_byte_order_mark_is_no_text() -> None:
    found = outcomes_of(FIXTURES / "youtube/valid/uci_bom.csv")
    assert [one.text for one in interactions(found)] == ["Nice"]


def test_one_date_settles_a_file() -> None:
    found = interactions(outcomes_of(FIXTURES / "linkedin/valid/Reactions_local.csv"))
    assert [one.occurred_at and one.occurred_at.isoformat() for one in found] == [
        "2023-10-27T10:00:00+00:00",
        "2023-10-06T11:30:00+00:00",
    ]
    assert {one.time_precision for one in found} == {"minute"}


@reported
def test_reported_youtube_files() -> None:
    for name, count in (
        ("c18a_ycd.json", 2), ("c18b_ycd.csv", 1), ("c20_Kommentare.csv", 1), ("b8_yt.json", 2),
        ("yt_uci_bom.csv", 1),
    ):  # fmt: skip
        found = outcomes_of(REPORTED / name)
        assert len(interactions(found)) == count, name
        assert not rejected(found), name
        assert not [one for one in interactions(found) if (one.text or "").endswith("\ufeff")]


def test_who_somebody_is_is_no_interaction() -> None:
    found = outcomes_of(FIXTURES / "product/valid/posthog_identify.ndjson")
    assert [one.native_type for one in interactions(found)] == ["$pageview"]
    mailed, alias = (one for one in landed(found) if isinstance(one, Identity))
    assert mailed.other_actor_id == "anon-1"
    assert "@" not in mailed.actor_id
    assert (alias.actor_id, alias.other_actor_id, alias.native_type) == (
        "u1",
        "u2",
        "$create_alias",
    )
    assert notes(found) == {("passed_over", "$identify"): 1}
    call = b'{"type":"alias","messageId":"a","userId":"u1","previousId":"an1"}'
    (told,) = landed(apply(call, format_named("product", "segment_json")))
    assert isinstance(told, Identity)
    assert (told.actor_id, told.other_actor_id) == ("u1", "an1")


@reported
def test_reported_product_events() -> None:
    found = outcomes_of(REPORTED / "c41_posthog.ndjson")
    assert [one.native_type for one in interactions(found)] == ["$pageview"] * 3
    (told,) = (one for one in landed(found) if isinstance(one, Identity))
    assert (told.actor_id, told.other_actor_id) == ("u1", "anon-1")
    assert len(interactions(outcomes_of(REPORTED / "c15_segment.ndjson"))) == 3


def test_a_removed_issue_is_marked() -> None:
    body = '{"action":"%s","type":"Issue","createdAt":"2026-03-01T10:00:00.000Z",'
    body += '"organizationId":"o","data":{"id":"i1","title":"Water","updatedAt":"%s"}}'
    at = "2026-03-01T10:00:00.000Z"
    content = "\n".join(body % (action, at) for action in ("update", "remove", "restore"))
    found = landed(apply(content.encode(), format_named("linear", "linear_webhook_json")))
    posts = [one for one in found if isinstance(one, Post)]
    assert [one.is_removed for one in posts] == [None, True, False]
    assert all(one.observed_at for one in posts)

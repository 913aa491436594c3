"""Ids, texts and documents without people who were erased, and landed records without them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from loaders.landing.erasure import forget
from loaders.privacy.forgetting import (
    ERASED,
    PREFIX,
    Forgotten,
    Kind,
    digest,
    natural_key,
    word_of,
)
from loaders.records import (
    Content,
    ContentPost,
    ContentTag,
    Interaction,
    Landed,
    Post,
    Profile,
    Reason,
    Record,
    Rejected,
)

KEY, WORKSPACE = b"k" * 32, "acme"
ACCOUNTS = ("zq-account", "42")
NAMES = ("zq.handle", "Ans Verhoeven", "bo", "zoë_k")
RECORDS = ("c9",)


@pytest.fixture(scope="module")
def forgotten() -> Forgotten:
    """What is left of people who were erased on the platform web."""
    hashes: dict[Kind, list[bytes]] = {
        "account": [digest(KEY, WORKSPACE, "web", each) for each in ACCOUNTS],
        "account_key": [
            digest(KEY, "account_key", str(natural_key(WORKSPACE, "web", each)))
            for each in ACCOUNTS
        ],
        "record": [
            digest(KEY, "record", str(natural_key(WORKSPACE, "web", each))) for each in RECORDS
        ],
        "word": [],
        "piece": [],
    }
    counts = []
    for name in (*ACCOUNTS, *NAMES):
        told = word_of(name)
        assert told is not None
        word, pieces = told
        hashes["word"] += [digest(KEY, "word", WORKSPACE, place, word) for place in ("web", "")]
        hashes["piece"].append(digest(KEY, "piece", WORKSPACE, pieces[0]))
        counts.append(len(pieces))
    return Forgotten(KEY, WORKSPACE, hashes, counts)


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("hi @zq.handle!", f"hi @{ERASED}!"),
        ("zq.handle, ZQ.Handle. x", f"{ERASED}, {ERASED}. x"),
        ("Ans Verhoeven and Ans", f"{ERASED} and Ans"),
        ("@bo bo", f"@{ERASED} bo"),
        ("你好zq.handle你好 _zq.handle_", f"你好{ERASED}你好 _{ERASED}_"),
        ("https://x.com/zq.handle/1?u=zq-account", f"https://x.com/{ERASED}/1?u={ERASED}"),
        ("ZOË_K", ERASED),
        ("zq.handle@example.org", f"{ERASED}@example.org"),
        ("zq.handle-2 zq.handles my-zq.handle azq.handle", None),
        ("42 c9 nothing", None),
        ("", None),
    ],
)
def test_texts(forgotten: Forgotten, text: str, without: str | None) -> None:
    assert forgotten.text("web", text) == (text if without is None else without)
    assert forgotten.text("web", forgotten.text("web", text)) == forgotten.text("web", text)
    assert forgotten.text("tiktok", text) == text
    assert forgotten.text("", text) == (text if without is None else without)


@pytest.mark.parametrize(
    ("native_id", "is_replaced"),
    [
        ("c9", True),
        ("zq-account", True),
        ("like:zq-account:p", True),
        ("zq.handle_88", True),
        ("c8", False),
        ("42", False),  # too short to be no chance
        ("like:42:p", False),
    ],
)
def test_ids(forgotten: Forgotten, native_id: str, is_replaced: bool) -> None:
    found = forgotten.record("web", native_id)
    assert (found != native_id) == is_replaced
    assert found.startswith(PREFIX) == is_replaced
    assert forgotten.record("web", found) == found
    assert forgotten.record("tiktok", native_id) == native_id


def test_keys_follow_ids(forgotten: Forgotten) -> None:
    replaced = natural_key(WORKSPACE, "web", forgotten.record("web", "c9"))
    assert forgotten.record_key("web", natural_key(WORKSPACE, "web", "c9")) == replaced
    other = natural_key(WORKSPACE, "web", "c8")
    assert forgotten.record_key("web", other) == other
    assert forgotten.has_account_key(natural_key(WORKSPACE, "web", "42"))
    assert not forgotten.has_account_key(other)


def test_documents(forgotten: Forgotten) -> None:
    told: dict[str, Any] = {
        "who": ["hi zq.handle", True, 1.5, None, 12345],
        "zq.handle": "zq-account",
        "answers": "c9",
        "posts": [{"platform": "tiktok", "post_id": "c9"}, {"post_id": "c9"}],
    }
    assert forgotten.document("web", told) == {
        "who": [f"hi {ERASED}", True, 1.5, None, 12345],
        ERASED: ERASED,
        "answers": forgotten.record("web", "c9"),
        "posts": [
            {"platform": "tiktok", "post_id": "c9"},
            {"post_id": forgotten.record("web", "c9")},
        ],
    }


def interaction(**more: Any) -> Interaction:
    """Return an interaction of the platform web."""
    return Interaction(**({"platform": "web", "native_id": "x", "native_type": "t"} | more))


@pytest.mark.parametrize(
    "records",
    [
        (interaction(actor_id="zq-account"),),
        (interaction(actor_id="42"),),
        (interaction(native_id="c9"),),  # known by its id alone
        (Profile(platform="web", actor_id="42"),),
    ],
)
def test_records_of_theirs_are_not_stored(
    forgotten: Forgotten, records: tuple[Record, ...]
) -> None:
    assert forget(Landed(1, records), forgotten) is None


def test_records_of_others_are_stored_without_them(forgotten: Forgotten) -> None:
    payload = msgspec.json.encode({"to": "zq-account", "n": 1})
    others = (
        interaction(actor_id="o", parent_id="c9", text="@zq.handle", payload=payload),
        Post(platform="web", post_id="p", author_id="42", title="t", owner_id="zq-account"),
        Content(
            content_id="i",
            title="by zq.handle",
            posts=(ContentPost("web", "c9"),),
            tags=(ContentTag("who", "zq.handle"),),
        ),
        Profile(platform="tiktok", actor_id="42", username="zq.handle"),
    )
    found = forget(Landed(1, others), forgotten)
    assert isinstance(found, Landed)
    told, post, content, profile = found.records
    parent = forgotten.record("web", "c9")
    assert told == interaction(
        actor_id="o",
        parent_id=parent,
        text=f"@{ERASED}",
        payload=msgspec.json.encode({"to": ERASED, "n": 1}),
    )
    assert post == Post(platform="web", post_id="p")
    assert content == Content(
        content_id="i",
        title=f"by {ERASED}",
        posts=(ContentPost("web", parent),),
        tags=(ContentTag("who", ERASED),),
    )
    assert profile == others[3]


@pytest.mark.parametrize(
    ("raw", "is_stored"), [(b'{"actor":"zq-account"', False), (b'{"actor":"o"', True)]
)
def test_rejects_that_name_them_are_not_stored(
    forgotten: Forgotten, raw: bytes, is_stored: bool
) -> None:
    rejected = Rejected(1, 0, len(raw), raw, Reason.INVALID_JSON, "is truncated")
    assert (forget(rejected, forgotten) is not None) == is_stored


@pytest.mark.parametrize(
    "raw",
    [
        '{"actor": "zo\\u00eb_k"}',
        '{"actor": "zo\\u00EB_k"}',
        '{"actor": "zo\\u00c3\\u00ab_k"}',  # UTF-8 as Latin-1, as downloads of Meta have it
        "https://web.example/zo%C3%AB_k",
        '<a href="/u">zo&euml;_k</a>',
        "zo&#235;_k",
    ],
)
def test_bytes_that_write_a_name_in_escapes_name_somebody(
    forgotten: Forgotten, raw: str
) -> None:
    assert forgotten.in_bytes(raw.encode())
    assert not forgotten.in_bytes(raw.replace("zo", "xo").encode())


def test_addresses_name_somebody_in_escapes_too(forgotten: Forgotten) -> None:
    assert forgotten.text("web", "see web.example/u/zo%C3%AB_k?a=1%20") == (
        f"see web.example/u/{ERASED}?a=1 "
    )
    assert forgotten.text("web", "@zoë_k is zo%C3%AB_k") == f"@{ERASED} is {ERASED}"
    for kept in ("100% of it", "a%20b", "xo%C3%AB_k", "%zz"):
        assert forgotten.text("web", kept) == kept
        assert forgotten.record("web", kept) == kept
    assert forgotten.record("web", "urn%3Azq-account").startswith(PREFIX)

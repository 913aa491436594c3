"""X posts, likers and deletions -> raw records.

Source: API v2 pages (`data` a list or one object, `includes`, `errors`); the same flattened,
        one post a line with its `author` and `referenced_tweets` inside; users of
        liking_users, retweeted_by and followers; batch compliance lines; the data archive
        (`loaders.platforms.x_archive`).
Export: save API v2 answers, for instance with twarc (as they come, or flattened); or ask for
        an archive of your data in the settings, and load the files of its `data` folder.
Shape:  one post in -> what it does to another post (replied_to, quoted, retweeted), its
        mentions, itself and what it refers to as posts with their counters, accounts as
        profiles. `includes` only describe: they are no interactions. The key is the first id
        of the edit history, so that an edit replaces; a repost's key is post and account, so
        that it is the same one from retweeted_by. A deletion names an id and nothing else.
Units:  ISO times; of an edited post, the time of its first version is read from that one's
        id. Likers and reposters have no time.
Errors: RecordError naming the key; users of a page that does not say what they did, neither
        in `__twarc.url` nor in the name of its file, are rejected.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec

from loaders.fields import NativeId, composite, count, identifier, optional_identifier
from loaders.formats import Context, Format, JsonArray
from loaders.json_stream import items, members, outline
from loaders.platforms import x_archive
from loaders.records import Counter, Interaction, Post, Profile, Reason, Record, RecordError
from loaders.times import EPOCH, instant

PLATFORM = "x"
KINDS = ("retweeted", "replied_to", "quoted")  # of several references the first decides
EDITABLE = timedelta(days=1)
SNOWFLAKE_EPOCH_MS = 1_288_834_974_657


class User(msgspec.Struct, gc=False):
    id: NativeId = None
    username: str | None = None
    name: str | None = None
    verified: bool | None = None
    verified_type: str | None = None
    public_metrics: dict[str, Any] | None = None


class Entities(msgspec.Struct, gc=False):
    mentions: list[User] | None = None


class Note(msgspec.Struct, gc=False):
    text: str | None = None


class Request(msgspec.Struct, gc=False):
    """What twarc adds about its request."""

    url: str | None = None
    retrieved_at: str | None = None


class Tweet(msgspec.Struct, gc=False):
    id: str | int
    text: str | None = None
    note_tweet: Note | None = None
    author_id: NativeId = None
    author: User | None = None
    created_at: str | None = None
    conversation_id: NativeId = None
    in_reply_to_user_id: NativeId = None
    edit_history_tweet_ids: list[str | int] | None = None
    referenced_tweets: list[Reference] | None = None
    entities: Entities | None = None
    public_metrics: dict[str, Any] | None = None
    lang: str | None = None
    request: Request | None = msgspec.field(default=None, name="__twarc")


class Reference(Tweet, gc=False):
    """Another post: its id and type, in flattened files also the rest."""

    type: str | None = None


class Kept(msgspec.Struct, gc=False, omit_defaults=True):
    """The payload."""

    id: str
    created_at: str | None = None
    lang: str | None = None
    conversation_id: NativeId = None
    edit_history_tweet_ids: list[str | int] | None = None
    referenced_tweets: list[dict[str, str | int | None]] | None = None
    public_metrics: dict[str, Any] | None = None


class Deletion(msgspec.Struct, gc=False, omit_defaults=True):
    id: str | int
    action: str
    created_at: str | None = None
    redacted_at: str | None = None
    reason: str | None = None


class Around(msgspec.Struct, frozen=True):
    """What a page says beside its data; of a flattened line only when it was asked for."""

    users: dict[str, User] = {}
    tweets: dict[str, Tweet] = {}
    url: str | None = None
    observed_at: datetime | None = None

    def user(self, user: User | None, user_id: str | None) -> User | None:
        """The account of that id, unless the post itself tells more."""
        found = self.users.get(user_id) if user_id else None
        return user if user and (user.name or found is None) else found

    def tweet(self, reference: Tweet) -> Tweet:
        """The post that is referred to, as far as it is known."""
        return self.tweets.get(str(reference.id), reference)


_TWEET = msgspec.json.Decoder(Tweet)
_USER = msgspec.json.Decoder(User)
_REQUEST = msgspec.json.Decoder(Request)
_DELETION = msgspec.json.Decoder(Deletion)


def _page(raw: bytes) -> Around:
    """The included users and posts; what is broken among them is as good as missing."""
    told = members(raw)
    request = _REQUEST.decode(told.get("__twarc", b"{}"))
    includes = told.get("includes", b"")
    included = members(includes) if includes.startswith(b"{") else {}
    users: dict[str, User] = {}
    for user in _readable(included.get("users", b""), _USER):
        users[str(user.id)] = user
        users[f"@{user.username}".lower()] = user
    tweets = {str(one.id): one for one in _readable(included.get("tweets", b""), _TWEET)}
    at = instant(request.retrieved_at, "__twarc.retrieved_at")
    return Around(users, tweets, request.url, at)


def _readable(raw: bytes, decoder: msgspec.json.Decoder[Any]) -> Iterator[Any]:
    for item in items(raw):
        try:
            yield decoder.decode(item)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue


def _first_id(tweet: Tweet) -> str:
    history = tweet.edit_history_tweet_ids
    return identifier(history[0] if history else tweet.id, "edit_history_tweet_ids")


def _times(tweet: Tweet, context: Context) -> tuple[datetime | None, datetime | None]:
    """When a post was first written, and when this version of it was."""
    version_at = instant(tweet.created_at, "created_at", context.timezone)
    first_id = _first_id(tweet)
    if version_at is None or first_id == str(tweet.id) or not first_id.isdecimal():
        return version_at, version_at
    milliseconds = (int(first_id[:25]) >> 22) + SNOWFLAKE_EPOCH_MS
    try:
        first_at = EPOCH + timedelta(seconds=milliseconds // 1000)
    except OverflowError:
        return version_at, version_at
    is_told = version_at - EDITABLE <= first_at <= version_at
    return first_at if is_told else version_at, version_at


def profile(user: User, around: Around) -> Iterator[Profile]:
    """Describe an account, if there is anything to say."""
    actor_id = optional_identifier(user.id, "user.id")
    if actor_id is None or not (user.username or user.name):
        return
    is_verified = user.verified
    if not is_verified and user.verified_type is not None:
        is_verified = user.verified_type != "none"
    yield Profile(
        platform=PLATFORM,
        actor_id=actor_id,
        username=user.username,
        display_name=user.name,
        profile_url=f"https://x.com/{user.username}" if user.username else None,
        follower_count=count((user.public_metrics or {}).get("followers_count"), "followers"),
        is_verified=is_verified,
        observed_at=around.observed_at,
    )


def _text(tweet: Tweet) -> str | None:
    return (tweet.note_tweet and tweet.note_tweet.text) or tweet.text


def _post(tweet: Tweet, around: Around, context: Context) -> Iterator[Record]:
    """A post as what others interact with, its author and its counters."""
    post_id = _first_id(tweet)
    author_id = optional_identifier(tweet.author_id, "author_id")
    if tweet.text is not None or author_id is not None:
        yield Post(
            platform=PLATFORM,
            post_id=post_id,
            native_type="tweet",
            title=_text(tweet),
            url=f"https://x.com/i/status/{post_id}",
            posted_at=_times(tweet, context)[0],
            author_id=author_id,
        )
    for metric, value in sorted((tweet.public_metrics or {}).items()):
        if metric not in x_archive.COUNTERS:
            continue
        number = count(value, f"public_metrics.{metric}")
        if number is not None:
            yield Counter(
                platform=PLATFORM,
                post_id=post_id,
                native_metric=metric,
                value=number,
                observed_at=around.observed_at,
            )
    if (author := around.user(tweet.author, author_id)) is not None:
        yield from profile(author, around)


def _payload(tweet: Tweet) -> bytes:
    metrics = tweet.public_metrics or {}
    references = tweet.referenced_tweets or ()
    kept = Kept(
        id=str(tweet.id),
        created_at=tweet.created_at,
        lang=tweet.lang,
        conversation_id=tweet.conversation_id,
        edit_history_tweet_ids=tweet.edit_history_tweet_ids,
        referenced_tweets=[{"type": one.type, "id": one.id} for one in references] or None,
        public_metrics={key: metrics[key] for key in sorted(x_archive.METRICS & metrics.keys())}
        or None,
    )
    return msgspec.json.encode(kept)


def _rank(reference: Reference) -> int:
    return KINDS.index(reference.type) if reference.type in KINDS else len(KINDS)


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one post into its records."""
    tweet = _TWEET.decode(raw)
    around: Around = context.header or Around()
    if tweet.request is not None:
        at = instant(tweet.request.retrieved_at, "__twarc.retrieved_at")
        around = msgspec.structs.replace(around, observed_at=at)
    references = sorted(tweet.referenced_tweets or (), key=_rank)
    main = _does(tweet, references[0], around, context) if references else None
    if main is not None:
        yield main
    for other in references[1:]:
        done = _does(tweet, other, around, context)
        yield msgspec.structs.replace(
            done, native_id=composite(done.native_type, _first_id(tweet)), payload=None
        )
    if main is None or main.native_type != "retweeted":
        yield from _mentions(tweet, main, around, context)
        yield from _post(tweet, around, context)
    elif (author := around.user(tweet.author, main.actor_id)) is not None:
        yield from profile(author, around)
    for reference in references:
        yield from _post(around.tweet(reference), around, context)


def _does(tweet: Tweet, reference: Reference, around: Around, context: Context) -> Interaction:
    """What a post does to another one."""
    native_type = reference.type or "referenced"
    target_id = _first_id(around.tweet(reference))
    actor_id = optional_identifier(tweet.author_id, "author_id")
    thread_id = optional_identifier(tweet.conversation_id, "conversation_id")
    occurred_at, version_at = _times(tweet, context)
    is_repost = native_type == "retweeted"
    is_nested = native_type == "replied_to" and str(reference.id) != thread_id
    native_id = composite("tweet", _first_id(tweet))
    if is_repost and actor_id is not None:
        native_id = composite(native_type, target_id, actor_id)
    return Interaction(
        platform=PLATFORM,
        native_id=native_id,
        native_type=native_type,
        actor_id=actor_id,
        post_id=target_id,
        thread_id=thread_id,
        parent_id=composite("tweet", target_id) if is_nested else None,
        text=None if is_repost else _text(tweet),
        occurred_at=occurred_at,
        time_precision="second" if occurred_at else "unknown",
        version_at=version_at,
        payload=_payload(tweet),
    )


def _mentions(
    tweet: Tweet, main: Interaction | None, around: Around, context: Context
) -> Iterator[Record]:
    """Whom a post names, other than whom it answers."""
    answered = {str(tweet.in_reply_to_user_id)}
    for reference in tweet.referenced_tweets or ():
        if reference.type == "replied_to":
            answered.add(str(around.tweet(reference).author_id))
    occurred_at, version_at = _times(tweet, context)
    seen: set[str] = set()
    for mention in (tweet.entities and tweet.entities.mentions) or ():
        named = f"@{mention.username}".lower()
        user = around.user(mention, named)
        told = mention if mention.id is not None or user is None else user
        mentioned = optional_identifier(told.id, "mentions.id") or named
        if mentioned in answered or mentioned in seen:
            continue
        seen.add(mentioned)
        yield Interaction(
            platform=PLATFORM,
            native_id=composite("mention", _first_id(tweet), mentioned),
            native_type="mention",
            actor_id=optional_identifier(tweet.author_id, "author_id"),
            post_id=main.post_id if main else _first_id(tweet),
            thread_id=optional_identifier(tweet.conversation_id, "conversation_id"),
            parent_id=main.native_id if main else None,
            occurred_at=occurred_at,
            time_precision="second" if occurred_at else "unknown",
            version_at=version_at,
            metadata={"mentioned_id": mentioned},
        )
        if user is not None:
            yield from profile(user, around)


_ACTIONS = {"liking_users": "like", "retweeted_by": "retweeted", "followers": "follow"}
_REQUESTED = re.compile(r"/(?:tweets|users)/([0-9]+)/(liking_users|retweeted_by|followers)")
_NAMED = re.compile(
    r"([0-9]{3,})\W(liking_users|retweeted_by|followers)|"
    r"(liking_users|retweeted_by|followers)[\W_]([0-9]{3,})"
)


def _endpoint(around: Around, source: str) -> tuple[str, str] | None:
    """What the users of a page did, and to what; None if the page is about users only."""
    if around.url is not None:
        found = _REQUESTED.search(around.url)
        return (_ACTIONS[found[2]], found[1]) if found else None
    named = _NAMED.search(source)
    if named is None:
        raise RecordError(
            Reason.UNSUPPORTED_RECORD,
            "the page does not say what its users did: name the file liking_users_<post id>"
            " or retweeted_by_<post id>",
        )
    return _ACTIONS[named[2] or named[3]], named[1] or named[4]


def parse_user(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one liker, reposter or follower into its records."""
    user = _USER.decode(raw)
    around: Around = context.header or Around()
    actor_id = identifier(user.id, "id")
    if (endpoint := _endpoint(around, context.source)) is not None:
        action, target_id = endpoint
        yield Interaction(
            platform=PLATFORM,
            native_id=composite(action, target_id, actor_id),
            native_type=action,
            actor_id=actor_id,
            post_id=None if action == "follow" else target_id,
            time_precision="unknown",
            metadata={"followed_id": target_id} if action == "follow" else None,
        )
    yield from profile(user, around)


def parse_deletion(raw: bytes, _: Context) -> Iterable[Record]:
    """Turn one compliance line into the retraction of a post, whatever that post did."""
    line = _DELETION.decode(raw)
    post_id = identifier(line.id, "id")
    is_deleted = line.action == "delete"
    yield Interaction(
        platform=PLATFORM,
        native_id=composite("tweet" if is_deleted else line.action, post_id),
        native_type=line.action,
        native_kind=line.reason,
        occurred_at=instant(line.created_at, "created_at"),
        time_precision="second" if line.created_at else "unknown",
        version_at=instant(line.redacted_at, "redacted_at"),
        is_retracted=is_deleted,
        payload=msgspec.json.encode(line),
    )


def _first(head: bytes) -> tuple[dict[str, bytes], dict[str, bytes]]:
    keys = outline(head)
    return keys, outline(keys.get("data", b""))


_TWEET_ONLY = {"author_id", "edit_history_tweet_ids", "conversation_id"}


def _recognises_page(head: bytes) -> bool:
    keys, first = _first(head)
    if first:
        is_page = {"includes", "__twarc"} & keys.keys() or _TWEET_ONLY & first.keys()
        return "text" in first and bool(is_page or b"result_count" in keys.get("meta", b""))
    is_empty = "data" not in keys and {"meta", "errors", "includes"} & keys.keys()
    told = keys.get("meta", b"") + keys.get("errors", b"") + keys.get("includes", b"")
    return (
        bool(is_empty) and re.search(rb"result_count|resource_type|username", told) is not None
    )


def _recognises_tweets(head: bytes) -> bool:
    keys = outline(head)
    return {"id", "text"} <= keys.keys() and bool(
        {"author_id", "edit_history_tweet_ids"} & keys.keys()
    )


def _recognises_users(head: bytes) -> bool:
    keys, first = _first(head)
    is_page = {"meta", "__twarc", "includes"} & keys.keys()
    return {"id", "username", "name"} <= first.keys() and "text" not in first and bool(is_page)


FORMATS = (
    Format(
        name="x_page_json",
        expects="X API v2 pages (JSON with `data` and `includes`)",
        container=JsonArray("data", is_lenient=True),
        recognises=_recognises_page,
        parse=parse,
        header=_page,
    ),
    Format(
        name="x_users_json",
        expects="X users of liking_users or retweeted_by (API v2 JSON)",
        container=JsonArray("data", is_lenient=True),
        recognises=_recognises_users,
        parse=parse_user,
        header=_page,
    ),
    Format(
        name="x_tweets_json",
        expects="flattened X posts (JSON, one after another)",
        container=JsonArray(),
        recognises=_recognises_tweets,
        parse=parse,
    ),
    Format(
        name="x_compliance_json",
        expects="X compliance lines (JSON with `id` and `action`)",
        container=JsonArray(),
        recognises=lambda head: {"id", "action", "redacted_at"} <= outline(head).keys(),
        parse=parse_deletion,
    ),
    *x_archive.FORMATS,
)

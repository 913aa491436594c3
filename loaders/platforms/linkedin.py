"""LinkedIn comments, reactions, posts and messages -> raw records.

Source: elements of the comments and reactions APIs (pages with `elements`, or one after
        another); Comments.csv, Reactions.csv, Shares.csv and messages.csv of a data export.
Export: save the answers of the comments and reactions APIs for your organisation's posts;
        or ask for a copy of your data in the settings (data privacy) and unpack the archive.
Shape:  one element or row in -> its interaction, the accounts that a comment names as
        mentions, its post; Shares.csv gives posts. Keys of the API are URNs, built from the
        object of the answer where they are not told. Accounts are URNs without a name.
        The export has no ids and is all about one person, the account that is declared:
        keys are derived and numbered, messages name their senders by the profile's address.
Units:  API: epoch milliseconds. Export: UTC without saying so, unless a zone is declared.
Errors: RecordError naming the key; the rest of the page or file still lands.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import msgspec

from loaders.documents import BOM
from loaders.fields import NativeId, composite, count, identifier, optional_identifier
from loaders.formats import Context, Csv, Format, JsonArray
from loaders.json_stream import outline
from loaders.records import ActorKind, Interaction, Post, Profile, Reason, Record, RecordError
from loaders.times import epoch, instant

PLATFORM = "linkedin"
NONE = msgspec.Raw(b"")
DELETED = "LinkedIn Member"


class Stamp(msgspec.Struct, gc=False, omit_defaults=True):
    actor: str | None = None
    time: int | str | None = None


class Message(msgspec.Struct, gc=False, omit_defaults=True):
    text: str | None = None
    attributes: msgspec.Raw = NONE


class Likes(msgspec.Struct, gc=False, rename="camel", omit_defaults=True):
    """How many liked a comment; who did is asked for elsewhere."""

    total_likes: Any = None
    aggregated_total_likes: Any = None


class Element(msgspec.Struct, gc=False, rename="camel", omit_defaults=True):
    id: NativeId = None
    comment_urn: str | None = None
    urn: str | None = msgspec.field(default=None, name="$URN")
    actor: str | None = None
    object: str | None = None
    root: str | None = None
    parent_comment: str | None = None
    message: Message | None = None
    reaction_type: str | None = None
    created: Stamp | None = None
    last_modified: Stamp | None = None
    likes_summary: Likes | None = None


_ELEMENT = msgspec.json.Decoder(Element)
_COMMENT = re.compile(r"urn:li:comment:\((?:urn:li:)?(\w+:[\w-]+),([\w-]+)\)")
_REACTION = re.compile(r"urn:li:reaction:\((urn:li:\w+:[^,()]+),(urn:li:.+)\)")
_ACCOUNT = re.compile(rb"urn:li:(?:person|member|organization|company):[\w-]+")
_PAGES = ("urn:li:organization:", "urn:li:company:")


def _target(urn: str | None, key: str) -> tuple[str, str | None]:
    """The post that a URN names, and the comment on it, if it names one."""
    text = identifier(urn, key)
    found = _COMMENT.fullmatch(text)
    if found is None:
        return text, None
    post_id = f"urn:li:{found[1]}"
    return post_id, f"urn:li:comment:({post_id},{found[2]})"


def _actor(element: Element) -> str | None:
    stamp = element.created or Stamp()
    return optional_identifier(element.actor or stamp.actor, "actor")


def _actor_kind(actor_id: str | None) -> ActorKind | None:
    if actor_id is None:
        return None
    return "page" if actor_id.startswith(_PAGES) else "person"


def _times(element: Element) -> tuple[datetime | None, datetime | None]:
    created, modified = element.created or Stamp(), element.last_modified or Stamp()
    created_at = epoch(created.time, "created.time", "ms")
    return created_at, epoch(modified.time, "lastModified.time", "ms") or created_at


def _interaction(
    element: Element, native_id: str, native_type: str, post_id: str, parent_id: str | None
) -> Interaction:
    actor_id = _actor(element)
    occurred_at, version_at = _times(element)
    message = element.message and Message(element.message.text)
    return Interaction(
        platform=PLATFORM,
        native_id=identifier(native_id, "the key"),
        native_type=native_type,
        native_kind=element.reaction_type,
        actor_id=actor_id,
        actor_kind=_actor_kind(actor_id),
        post_id=post_id,
        parent_id=parent_id,
        text=message.text if message else None,
        occurred_at=occurred_at,
        time_precision="second" if occurred_at else "unknown",
        version_at=version_at,
        payload=msgspec.json.encode(msgspec.structs.replace(element, message=message)),
    )


def _post(post_id: str) -> Post:
    is_urn = post_id.startswith("urn:li:")
    return Post(
        platform=PLATFORM,
        post_id=post_id,
        native_type=post_id.split(":")[2] if is_urn and post_id.count(":") > 2 else None,
        url=f"https://www.linkedin.com/feed/update/{post_id}" if is_urn else post_id,
    )


def _comment(element: Element) -> Iterator[Record]:
    post_id, parent_id = _target(element.object, "object")
    urn = element.comment_urn or element.urn
    if urn is None:
        urn = f"urn:li:comment:({post_id},{identifier(element.id, 'id')})"
    native_id = _target(urn, "commentUrn")[1]
    if native_id is None:
        raise RecordError(Reason.INVALID_ID, "commentUrn is not the URN of a comment")
    if element.parent_comment is not None:
        parent_id = _target(element.parent_comment, "parentComment")[1]
    summary = element.likes_summary or Likes()
    count(summary.total_likes, "likesSummary.totalLikes")
    count(summary.aggregated_total_likes, "likesSummary.aggregatedTotalLikes")
    comment = _interaction(element, native_id, "comment", post_id, parent_id)
    thread_id = parent_id or native_id
    yield msgspec.structs.replace(comment, thread_id=thread_id)
    yield _post(post_id)
    attributes = bytes(element.message.attributes) if element.message else b""
    for named in dict.fromkeys(_ACCOUNT.findall(attributes)):
        mentioned = named.decode()
        yield msgspec.structs.replace(
            comment,
            native_id=composite("mention", native_id, mentioned),
            native_type="mention",
            thread_id=thread_id,
            parent_id=native_id,
            text=None,
            metadata={"mentioned_id": mentioned},
            payload=None,
        )


def _reaction(element: Element) -> Iterator[Record]:
    urn = optional_identifier(element.id, "id")
    told = _REACTION.fullmatch(urn or "")
    entity = told[2] if told else element.object or element.root
    post_id, comment_id = _target(entity, "the entity of the reaction")
    native_id = f"urn:li:reaction:({_actor(element)},{comment_id or post_id})"
    if told is not None:
        native_id = f"urn:li:reaction:({told[1]},{comment_id or post_id})"
        element.actor = element.actor or told[1]
    elif _actor(element) is None:
        raise RecordError(Reason.MISSING_FIELD, "the reaction names nobody")
    yield _interaction(element, native_id, "reaction", post_id, comment_id)
    yield _post(post_id)


def parse(raw: bytes, _: Context) -> Iterable[Record]:
    """Turn one element of an answer into its records."""
    element = _ELEMENT.decode(raw)
    if element.reaction_type is not None:
        return _reaction(element)
    if element.message is not None or element.comment_urn is not None:
        return _comment(element)
    detail = "the element is neither a comment nor a reaction"
    raise RecordError(Reason.UNSUPPORTED_RECORD, detail)


_LINKED = re.compile(r"urn:li:(?!comment\b)(\w+:[\w-]+)")
_WITHIN = re.compile(r"[?&](replyUrn|commentUrn)=(urn:li:comment:\([^()]*\))")


def _linked(link: str, key: str) -> tuple[str | None, str | None]:
    """The post of a percent-encoded link, and the comment within it."""
    plain = unquote(link)
    found = _LINKED.search(plain)
    within = dict(_WITHIN.findall(plain))
    urn = within.get("replyUrn") or within.get("commentUrn")
    comment_id = _target(urn, key)[1] if urn else None
    if found is None:
        return optional_identifier(link.partition("?")[0], key), comment_id
    return f"urn:li:{found[1]}", comment_id


def _key(kind: str, context: Context, *told: str) -> str:
    digest = hashlib.md5(chr(31).join((context.account or "", *told)).encode()).hexdigest()
    return composite(kind, digest)


def _date(row: dict[str, str], key: str, context: Context) -> datetime:
    at = instant(row[key].strip() or None, key, context.timezone or UTC)
    if at is None:
        raise RecordError(Reason.MISSING_FIELD, f"{key} is empty")
    return at


def _exported(
    row: dict[str, str], context: Context, native_type: str, kind: str | None, text: str | None
) -> Iterator[Record]:
    at = _date(row, "Date", context)
    post_id, comment_id = _linked(row["Link"], "Link")
    told = (at.isoformat(), unquote(row["Link"]), kind or "", text or "")
    yield Interaction(
        platform=PLATFORM,
        native_id=_key(native_type, context, *told),
        native_type=native_type,
        native_kind=kind,
        actor_id=context.account,
        actor_kind="exporter",
        post_id=post_id,
        thread_id=comment_id if native_type == "comment" else None,
        parent_id=comment_id,
        text=text,
        occurred_at=at,
        key_quality="derived",
        payload=msgspec.json.encode({"Link": row["Link"]}),
    )
    if post_id is not None:
        yield _post(post_id)


def _exported_comment(row: dict[str, str], context: Context) -> Iterable[Record]:
    return _exported(row, context, "comment", None, row["Message"])


def _exported_reaction(row: dict[str, str], context: Context) -> Iterable[Record]:
    return _exported(row, context, "reaction", row["Type"] or None, None)


def _exported_share(row: dict[str, str], context: Context) -> Iterable[Record]:
    post_id, _ = _linked(row["ShareLink"], "ShareLink")
    if post_id is None:
        raise RecordError(Reason.MISSING_FIELD, "ShareLink is empty")
    yield msgspec.structs.replace(
        _post(post_id),
        title=row["ShareCommentary"] or None,
        posted_at=_date(row, "Date", context),
        author_id=context.account,
    )


def _exported_message(row: dict[str, str], context: Context) -> Iterable[Record]:
    if "yes" in (row.get("IS MESSAGE DRAFT", "").lower(), row.get("IS DRAFT", "").lower()):
        return  # never sent
    at = _date(row, "DATE", context)
    conversation_id = identifier(row["CONVERSATION ID"], "CONVERSATION ID")
    url = row.get("SENDER PROFILE URL", "").rstrip("/")
    actor_id = optional_identifier(url, "SENDER PROFILE URL")
    is_exporter = actor_id is not None and context.account in (actor_id, url.rpartition("/")[2])
    kind: ActorKind = "deleted" if actor_id is None and row["FROM"] == DELETED else "person"
    yield Interaction(
        platform=PLATFORM,
        native_id=_key(
            "dm", Context(), conversation_id, url or row["FROM"], at.isoformat(), row["CONTENT"]
        ),
        native_type="dm",
        actor_id=context.account if is_exporter else actor_id,
        actor_kind="exporter" if is_exporter else kind,
        thread_id=conversation_id,
        text=row["CONTENT"],
        occurred_at=at,
        key_quality="derived",
    )
    if actor_id is not None and not is_exporter:
        yield Profile(
            platform=PLATFORM,
            actor_id=actor_id,
            actor_kind="person",
            username=url.rpartition("/")[2],
            display_name=row["FROM"] or None,
            profile_url=url,
        )


def _columns(head: bytes) -> set[str]:
    line = head.removeprefix(BOM).partition(b"\n")[0].decode(errors="replace")
    return {name.strip().strip('"') for name in line.split(",")}


def _is_element(keys: dict[str, bytes]) -> bool:
    told = b"urn:li:" in b"".join(keys.values())
    return told and bool(
        {"reactionType", "commentUrn"} & keys.keys()
        or {"actor", "message", "object"} <= keys.keys()
    )


def _recognises_page(head: bytes) -> bool:
    keys = outline(head)
    first = outline(keys.get("elements", b""))
    return _is_element(first) or (not first and {"elements", "paging"} <= keys.keys())


FORMATS = (
    Format(
        name="linkedin_elements_page_json",
        expects="LinkedIn comments or reactions (API JSON with `elements`)",
        container=JsonArray("elements"),
        recognises=_recognises_page,
        parse=parse,
    ),
    Format(
        name="linkedin_elements_json",
        expects="LinkedIn comments or reactions (API JSON, one after another)",
        container=JsonArray(),
        recognises=lambda head: _is_element(outline(head)),
        parse=parse,
    ),
    Format(
        name="linkedin_comments_csv",
        expects="LinkedIn Comments.csv of a data export",
        container=Csv(quoting="backslash"),
        recognises=lambda head: {"Date", "Link", "Message"} <= _columns(head),
        parse=_exported_comment,
    ),
    Format(
        name="linkedin_reactions_csv",
        expects="LinkedIn Reactions.csv",
        container=Csv(),
        recognises=lambda head: {"Date", "Type", "Link"} <= _columns(head),
        parse=_exported_reaction,
    ),
    Format(
        name="linkedin_shares_csv",
        expects="LinkedIn Shares.csv",
        container=Csv(),
        recognises=lambda head: {"Date", "ShareLink", "ShareCommentary"} <= _columns(head),
        parse=_exported_share,
    ),
    Format(
        name="linkedin_messages_csv",
        expects="LinkedIn messages.csv",
        container=Csv(),
        recognises=lambda head: (
            {"CONVERSATION ID", "FROM", "DATE", "CONTENT"} <= _columns(head)
        ),
        parse=_exported_message,
    ),
)

"""The data export of one LinkedIn account -> raw records; a part of `platforms.linkedin`.

Source: Comments.csv, Reactions.csv, Shares.csv and messages.csv, also that of 2020 and before,
        which names people but neither profiles nor conversations.
Shape:  a row in -> its interaction and its post; Shares.csv gives posts. All is done by the
        exporter, the account that is declared (`context.account`), else unknown. There are no
        ids: keys are derived from what a row says, and numbered. A person has one reaction to a
        thing, whatever its kind. Messages name their senders by the profile's address; where
        only a name is told, the sender is unknown.
Units:  UTC without saying so, unless a zone is declared; dates also as a spreadsheet rewrites
        them (`loaders.parsing.local_dates`).
Errors: RecordError naming the column; the rest of the file still lands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC
from urllib.parse import unquote

import msgspec

from loaders.parsing.builders import digest, profile
from loaders.parsing.fields import composite, identifier, optional_identifier
from loaders.parsing.formats import Context, Csv, Format
from loaders.parsing.local_dates import moment, settled_by
from loaders.platforms.linkedin.urns import LINKEDIN, linked, post_of
from loaders.reading.csv_stream import column_names, has_columns
from loaders.records import ActorKind, Interaction, Reason, Record, RecordError

DELETED = "LinkedIn Member"
NAMED = {"FROM", "TO", "DATE", "CONTENT", "DIRECTION"}  # columns of 2020 and before


def _key(kind: str, *told: str) -> str:
    """A key of what a row says; who exports is no part of it, for that may be said later."""
    return composite(kind, digest("", *told))


def _exported(
    row: dict[str, str], context: Context, native_type: str, kind: str | None, text: str | None
) -> Iterator[Record]:
    at, precision = moment(row["Date"], "Date", context, UTC)
    post_id, comment_id = linked(row["Link"], "Link")
    is_reaction = native_type == "reaction" and post_id is not None
    told = (at.isoformat(), unquote(row["Link"]), "" if is_reaction else kind or "", text or "")
    yield Interaction(
        platform=LINKEDIN,
        native_id=_key(native_type, *told),
        native_type=native_type,
        native_kind=kind,
        actor_id=context.account,
        actor_kind="exporter",
        post_id=post_id,
        thread_id=comment_id if native_type == "comment" else None,
        parent_id=comment_id,
        text=text,
        occurred_at=at,
        time_precision=precision,
        version_at=at if is_reaction else None,
        key_quality="derived",
        payload=msgspec.json.encode({"Link": row["Link"]}),
    )
    if post_id is not None:
        yield post_of(post_id)


def _exported_comment(row: dict[str, str], context: Context) -> Iterable[Record]:
    return _exported(row, context, "comment", None, row["Message"])


def _exported_reaction(row: dict[str, str], context: Context) -> Iterable[Record]:
    return _exported(row, context, "reaction", row["Type"] or None, None)


def _exported_share(row: dict[str, str], context: Context) -> Iterable[Record]:
    post_id, _ = linked(row["ShareLink"], "ShareLink")
    if post_id is None:
        raise RecordError(Reason.MISSING_FIELD, "ShareLink is empty")
    yield msgspec.structs.replace(
        post_of(post_id),
        title=row["ShareCommentary"] or None,
        posted_at=moment(row["Date"], "Date", context, UTC)[0],
        author_id=context.account,
        owner_id=context.account,
    )


def _message(
    row: dict[str, str],
    context: Context,
    conversation_id: str,
    sender_id: str | None,
    is_exporter: bool,
) -> Interaction:
    """A message: of the exporter, of a known account, or of a name."""
    at, precision = moment(row["DATE"], "DATE", context, UTC)
    sender, text = sender_id or row["FROM"], row["CONTENT"]
    is_gone = sender_id is None and row["FROM"] == DELETED
    kind: ActorKind = "deleted" if is_gone else "person"
    return Interaction(
        platform=LINKEDIN,
        native_id=_key("dm", conversation_id, sender, at.isoformat(), text),
        native_type="dm",
        actor_id=context.account if is_exporter else sender_id,
        actor_kind="exporter" if is_exporter else kind,
        thread_id=conversation_id,
        text=text,
        occurred_at=at,
        time_precision=precision,
        key_quality="derived",
    )


def _exported_message(row: dict[str, str], context: Context) -> Iterable[Record]:
    if "yes" in (row.get("IS MESSAGE DRAFT", "").lower(), row.get("IS DRAFT", "").lower()):
        return  # never sent
    conversation_id = identifier(row["CONVERSATION ID"], "CONVERSATION ID")
    url = row.get("SENDER PROFILE URL", "").rstrip("/")
    actor_id = optional_identifier(url, "SENDER PROFILE URL")
    is_exporter = actor_id is not None and context.account in (actor_id, url.rpartition("/")[2])
    yield _message(row, context, conversation_id, actor_id, is_exporter)
    if not is_exporter:
        yield from profile(
            LINKEDIN,
            actor_id,
            "person",
            username=url.rpartition("/")[2],
            display_name=row["FROM"] or None,
            profile_url=url,
        )


def _named_message(row: dict[str, str], context: Context) -> Iterable[Record]:
    """A message of 2020 or before: who wrote it is told by name alone."""
    row = {column.upper(): cell for column, cell in row.items()}
    if "draft" in row.get("FOLDER", "").lower():
        return  # never sent
    names = sorted((row["FROM"].strip(), row["TO"].strip()))
    conversation_id = _key("conversation", *names)
    is_exporter = row["DIRECTION"].strip().upper() == "OUTGOING"
    told = {name: row[name] for name in ("FROM", "TO", "DIRECTION")}
    message = _message(row, context, conversation_id, None, is_exporter)
    yield msgspec.structs.replace(message, payload=msgspec.json.encode(told))


FORMATS = (
    Format(
        name="linkedin_comments_csv",
        expects="LinkedIn Comments.csv of a data export",
        container=Csv(quoting="backslash"),
        recognises=has_columns("Date", "Link", "Message"),
        parse=_exported_comment,
        survey=settled_by("Date"),
    ),
    Format(
        name="linkedin_reactions_csv",
        expects="LinkedIn Reactions.csv",
        container=Csv(),
        recognises=has_columns("Date", "Type", "Link"),
        parse=_exported_reaction,
        survey=settled_by("Date"),
        numbered=(),
    ),
    Format(
        name="linkedin_shares_csv",
        expects="LinkedIn Shares.csv",
        container=Csv(),
        recognises=has_columns("Date", "ShareLink", "ShareCommentary"),
        parse=_exported_share,
        survey=settled_by("Date"),
    ),
    Format(
        name="linkedin_messages_csv",
        expects="LinkedIn messages.csv",
        container=Csv(),
        recognises=has_columns("CONVERSATION ID", "FROM", "DATE", "CONTENT"),
        parse=_exported_message,
        survey=settled_by("DATE"),
    ),
    Format(
        name="linkedin_named_messages_csv",
        expects="LinkedIn messages.csv of 2020 or before",
        container=Csv(),
        recognises=lambda head: (
            {"FROM", "TO", "DATE", "CONTENT", "DIRECTION"}
            <= set(map(str.upper, column_names(head)))
        ),
        parse=_named_message,
        survey=settled_by("DATE", "Date"),
    ),
)

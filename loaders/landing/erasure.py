"""Records of people who were erased, and what others wrote about them.

Source: outcomes of one document; what was erased in its workspace.
Shape:  an outcome without their records and without their ids and names, or None where it is
        about them only.
Units:  a native record that comes to None counts as suppressed.
Errors: none.
"""

from __future__ import annotations

from typing import Any

import msgspec

from loaders.landing.suppression import kept
from loaders.privacy.forgetting import Forgotten
from loaders.records import (
    Content,
    Counter,
    Interaction,
    Landed,
    Outcome,
    Post,
    Profile,
    Record,
    Rejected,
)


def forget(outcome: Outcome, forgotten: Forgotten) -> Outcome | None:
    """Return what may be stored of an outcome."""
    if isinstance(outcome, Rejected):
        told = (outcome.raw, outcome.document or b"", outcome.detail.encode())
        return None if any(map(forgotten.in_bytes, told)) else outcome
    records = tuple(
        record
        for record in outcome.records
        if not isinstance(record, Interaction)
        or not forgotten.has_record(record.platform, record.native_id)
    )
    if not records and outcome.records:
        return None
    found = kept(msgspec.structs.replace(outcome, records=records), forgotten.has_account)
    if not isinstance(found, Landed):
        return found
    return msgspec.structs.replace(
        found, records=tuple(_without(record, forgotten) for record in found.records)
    )


def _without(record: Record, forgotten: Forgotten) -> Record:
    """Return a record without ids and names of people who were erased."""
    changed: dict[str, Any]
    match record:
        case Interaction(platform=platform):
            changed = {
                **_ids(record, forgotten, "native_id", "post_id", "thread_id", "parent_id"),
                **_texts(record, forgotten, "text"),
                "metadata": forgotten.document(platform, record.metadata),
                "payload": _json(platform, record.payload, forgotten),
            }
        case Profile():
            changed = _texts(record, forgotten, "username", "display_name", "profile_url")
        case Post(platform=platform, owner_id=owner):
            changed = {
                **_ids(record, forgotten, "post_id", "community_id"),
                **_texts(record, forgotten, "title", "url", "community_name"),
            }
            is_owned = owner is not None and forgotten.has_account(platform, owner)
            if is_owned:
                changed["owner_id"] = None
            if is_owned or forgotten.has_record(platform, record.post_id):
                changed |= {"title": None, "url": None}  # also without its author
        case Counter():
            changed = _ids(record, forgotten, "post_id")
        case Content():
            changed = {
                "content_id": forgotten.record("", record.content_id),
                **_texts(record, forgotten, "title", "slug"),
                "posts": tuple(
                    msgspec.structs.replace(
                        post, post_id=forgotten.record(post.platform, post.post_id)
                    )
                    for post in record.posts
                ),
                "tags": tuple(
                    msgspec.structs.replace(tag, value=forgotten.text("", tag.value))
                    for tag in record.tags
                ),
            }
        case _:
            return record
    return msgspec.structs.replace(record, **changed)


def _ids(record: Any, forgotten: Forgotten, *names: str) -> dict[str, Any]:
    return {
        name: forgotten.record(record.platform, value)
        for name in names
        if (value := getattr(record, name)) is not None
    }


def _texts(record: Any, forgotten: Forgotten, *names: str) -> dict[str, Any]:
    platform = getattr(record, "platform", "")
    return {
        name: forgotten.text(platform, value)
        for name in names
        if (value := getattr(record, name)) is not None
    }


def _json(platform: str, payload: bytes | None, forgotten: Forgotten) -> bytes | None:
    if payload is None:
        return None
    value = msgspec.json.decode(payload)
    without = forgotten.document(platform, value)
    return payload if without == value else msgspec.json.encode(without)

"""Telegram's Bot API.

Source: core.telegram.org/bots/api: getUpdates, making requests.
Shape:  `updates:all` what the bot sees: messages, posts, edits, reactions, members. Telegram
        hands each update out until a later one is asked for, for 24 hours.
Units:  ids of updates count up.
Errors: ShapeError for an answer without a result.
"""

from __future__ import annotations

from typing import Any

import msgspec

from warehouse.pulling.api import Api, Page, Reply, Request, ShapeError, Task, Verdict

KINDS = (
    *("message", "edited_message", "channel_post", "edited_channel_post"),
    *("message_reaction", "message_reaction_count", "chat_member"),
)


class Update(msgspec.Struct):
    update_id: int


class Answer(msgspec.Struct):
    result: list[Update]


class Parameters(msgspec.Struct):
    retry_after: float | None = None


class Refusal(msgspec.Struct):
    description: Any = ""
    parameters: Parameters = msgspec.field(default_factory=Parameters)


_ANSWER = msgspec.json.Decoder(Answer)
_REFUSAL = msgspec.json.Decoder(Refusal)
_TOKEN = "no bot has it: get the bot's token of @BotFather and set that variable"
_WEBHOOK = (
    "a webhook gets this bot's updates: delete it (deleteWebhook), or let `warehouse serve` "
    "receive it instead of pulling"
)
_OTHER = "another program asks for this bot's updates: stop it, or pull by another bot"
_ALL = msgspec.json.encode(KINDS).decode()


def _ask(task: Task) -> Request:
    params = {"limit": "100", "timeout": "0", "allowed_updates": _ALL}
    if task.position is not None:
        params["offset"] = task.position
    return Request("/getUpdates", params)


def _read(task: Task, reply: Reply) -> Page:
    if task.kind != "updates":
        raise ShapeError(f"there is no list of {task.kind}")
    updates = _ANSWER.decode(reply.content).result
    newest = max((update.update_id for update in updates), default=None)
    return Page(len(updates), task.position if newest is None else str(newest + 1))


def _judge(reply: Reply) -> Verdict | None:
    if reply.status == 200:
        return None
    try:
        told = _REFUSAL.decode(reply.content)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    says = str(told.description)
    if reply.status == 429:
        return Verdict("limit", says, told.parameters.retry_after)
    if reply.status in (401, 404):  # no bot has such a token
        return Verdict("token", says, advice=_TOKEN)
    if reply.status == 409:
        return Verdict("stop", says, advice=_WEBHOOK if "webhook" in says else _OTHER)
    return None


API = Api(
    platform="telegram",
    title="Telegram",
    url="https://api.telegram.org",
    follows={"updates": "everything that the bot sees (`updates:all`)"},
    authorise=lambda _: {},
    ask=_ask,
    read=_read,
    judge=_judge,
    secret_path=lambda token: f"/bot{token}",
    is_feed=True,
)

"""Telegram's Bot API and Discord's REST API.

Source: core.telegram.org/bots/api#making-requests and discord.com/developers/docs/topics,
        opcodes-and-status-codes and rate-limits.
"""

from __future__ import annotations

from documented_errors.told import LATER, MANY, NO, RENEW, TOKEN, Told


def _telegram(status: int, says: str, sentence: str, **parameters: int) -> Told:
    told = {"ok": False, "error_code": status, "description": says, "parameters": parameters}
    return Told("telegram", f"{status} {says[-8:]}", status, told, sentence)


def _discord(status: int, code: int, says: str, sentence: str) -> Told:
    return Told(
        "discord", f"{status}.{code}", status, {"message": says, "code": code}, sentence
    )


TELEGRAM = (
    _telegram(
        *(401, "Unauthorized"),
        f"Telegram {TOKEN} (401: Unauthorized); no bot has it: get the bot's token of "
        "@BotFather and set that variable.",
    ),
    _telegram(
        *(404, "Not Found"),
        f"Telegram {TOKEN} (404: Not Found); no bot has it: get the bot's token of @BotFather "
        "and set that variable.",
    ),
    _telegram(
        *(403, "Forbidden: bot was blocked by the user"),
        f"Telegram {NO} 403: Forbidden: bot was blocked by the user; the token may lack a "
        "permission (docs/platforms.md), or the item is private.",
    ),
    _telegram(
        409,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to "
        "delete the webhook first",
        "Telegram answers no request (409: Conflict: can't use getUpdates method while webhook "
        "is active; use deleteWebhook to delete the webhook first); a webhook gets this bot's "
        "updates: delete it (deleteWebhook), or let `warehouse serve` receive it instead of "
        "pulling.",
    ),
    _telegram(
        409,
        "Conflict: terminated by other getUpdates request; make sure that only one bot "
        "instance is running",
        "Telegram answers no request (409: Conflict: terminated by other getUpdates request; "
        "make sure that only one bot instance is running); another program asks for this bot's "
        "updates: stop it, or pull by another bot.",
    ),
    _telegram(
        *(429, "Too Many Requests: retry after 300"),
        f"Telegram {MANY} (its limit on requests is reached); {LATER}",
        retry_after=300,
    ),
    _telegram(
        *(502, "Bad Gateway"),
        "Telegram answered with status 502: Bad Gateway; a later pull asks again.",
    ),
)
DISCORD = (
    _discord(
        *(401, 0, "401: Unauthorized"),
        f"Discord {TOKEN} (401: 401: Unauthorized); {RENEW}",
    ),
    _discord(
        *(403, 40001, "Unauthorized"),
        f"Discord {TOKEN} (403: Unauthorized); {RENEW}",
    ),
    _discord(
        *(403, 50001, "Missing Access"),
        f"Discord {NO} 403: Missing Access; the bot cannot see it: give it View Channel there.",
    ),
    _discord(
        *(403, 50013, "You lack permissions to perform that action"),
        f"Discord {NO} 403: You lack permissions to perform that action; the bot lacks a "
        "permission: give it Read Message History there.",
    ),
    _discord(
        *(404, 10003, "Unknown Channel"),
        f"Discord {NO} 404: Unknown Channel; there is no such channel: check its number in "
        "sources.toml.",
    ),
    _discord(
        *(404, 10008, "Unknown Message"),
        f"Discord {NO} 404: Unknown Message; the message was deleted; there is nothing to do.",
    ),
    _discord(
        *(400, 50024, "Cannot execute action on this channel type"),
        f"Discord {NO} 400: Cannot execute action on this channel type; such a channel has no "
        "messages: follow a text channel or a thread.",
    ),
    _discord(
        *(400, 50035, "Invalid Form Body"),
        f"Discord {NO} 400: Invalid Form Body; that is no number of a channel: check it in "
        "sources.toml.",
    ),
    _discord(
        *(403, 40333, "internal network error"),
        "Discord answers no request (403: internal network error); its protection blocks "
        "requests from here: pull from another address.",
    ),
    _discord(
        *(503, 130000, "API resource is currently overloaded"),
        "Discord answered with status 503: API resource is currently overloaded; a later pull "
        "asks again.",
    ),
    Told(
        *("discord", "a bucket", 429),
        {"message": "You are being rate limited.", "retry_after": 120.5, "global": False},
        f"Discord {MANY} (its limit on requests is reached); {LATER}",
        {"X-RateLimit-Scope": "user"},
    ),
    Told(
        *("discord", "all requests", 429),
        {"message": "You are being rate limited.", "retry_after": 120.5, "global": True},
        f"Discord {MANY} (the bot's limit on all requests is reached); {LATER}",
        {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"},
    ),
    Told(
        *("discord", "Cloudflare 1015", 429, b"error code: 1015"),
        f"Discord {MANY} (it has blocked this machine's address for a time); {LATER}",
    ),
)

"""Telegram chats -> raw records.

Source: Telegram Desktop exports (`result.json`), of one chat, and of an account with its
        chats and left chats; Bot API updates (see `bot`).
Export: In Telegram Desktop, open the chat's menu and export its history, format JSON; or
        export all data in the settings. A bot gets updates from `getUpdates`, or by
        [webhooks](tracking.md#receive-webhooks), which `warehouse serve` receives.
Pull:   `warehouse pull` asks the Bot API for updates. The token is the bot's; in groups the bot
        must be an administrator, or its privacy mode off. Telegram keeps updates for 24 hours,
        and hands none out while a webhook is set. History comes from an export only.
Shape:  Each message is an interaction, and so is each mention and each named reaction.
        Senders become profiles, the chat becomes a post. Message ids count within their chat,
        so a key contains both. A service record is an interaction in the word of its
        `action`. People who were added by somebody are one interaction each, by an unknown
        actor, because an export has only their names. A message with reactions also becomes a
        post, `message:<chat>:<id>`, and the counts are its counters. An account's reactions
        to one message are numbered, the oldest first, so another emoji replaces the one
        before. In a forum the thread is the topic, found along the replies. A message without
        text has the words of its rich message or poll. A forward answers nothing. A channel
        owns itself. `native_kind` is the type of the chat.
Units:  `date_unixtime` is epoch seconds; `date` alone is local to the exporter and needs
        --timezone. The time of a reaction is local too. Without --timezone it gets the offset
        that the exporter's clock had at the message; after a change of clocks that is an hour
        off.
Errors: RecordError naming the key; the other messages of the export still land.
"""

from __future__ import annotations

from loaders.platforms.telegram import bot, desktop
from loaders.platforms.telegram.reactions import TELEGRAM

PLATFORM = TELEGRAM

FORMATS = (
    *desktop.FORMATS,
    *bot.FORMATS,
)

"""Discord channel exports -> raw records.

Source: DiscordChatExporter JSON, one file per channel, thread or direct conversation; the
        same as CSV (see `csv_export`); answers of the REST API (see `api`).
Export: Use DiscordChatExporter, format JSON, one file per channel or thread (`exportguild
        --include-threads all`). Newer versions also list who reacted. The CSV format contains
        less.
Pull:   `warehouse pull` asks the REST API for a channel's messages, its threads and who
        reacted. The token is a bot's, with the permissions View Channel and Read Message
        History there, and the intent Message Content. Discord names the limit of each route
        in its answers, and the pull keeps to it. Deleted messages are gone without a trace.
Shape:  Each message is an interaction, and so is each mention and each named reaction.
        Authors become profiles, the channel becomes a post. A message with reactions also
        becomes a post, `message:<id>`, and the export's count of each emoji is a counter of
        it. In direct conversations `native_kind` is the type of the channel. A mention
        belongs to the message's author; its metadata names the mentioned account. A forward
        keeps the forwarded words and answers nothing. The shared account of deleted people is
        nobody.
Units:  ISO times with an offset and up to seven fraction digits. Reactions have no time.
Errors: RecordError naming the key; the other messages of the export still land.
"""

from __future__ import annotations

from loaders.platforms.discord import api, csv_export, messages
from loaders.platforms.discord.messages import DISCORD

PLATFORM = DISCORD

FORMATS = (
    *messages.FORMATS,
    *api.FORMATS,
    *csv_export.FORMATS,
)

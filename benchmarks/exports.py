"""A chat as a platform's exporter writes it: what is stored of deliveries of that size.

Source: a seed; the same seed and count give the same bytes.
Shape:  one channel in the JSON of DiscordChatExporter, messages of zipf-distributed members,
        one in ten with reactions; landed and run in a database of its own.
Units:  bytes; a message takes about 570 of them, of what is delivered.
Errors: BenchmarkError where the run fails; those of the file system.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.disk import Relation, relations
from benchmarks.server import BenchmarkError
from benchmarks.synthetic import words, zipf
from warehouse import loading, runs
from warehouse.connection import Target

SPAN = timedelta(days=300)
MEMBERS = 0.02  # one for so many messages
FIRST_ID = 1_045_178_587_575_242_772
_FILES = "Workshop - Text Channels - general [1012224565567721552].json_Files"


def write(path: Path, messages: int, until: datetime, seed: int = 1) -> None:
    """Write the export of a channel."""
    dice = random.Random(seed)
    encode = msgspec.json.Encoder().encode
    head = {
        "guild": {"id": "748545324524575035", "name": "Workshop", "iconUrl": f"{_FILES}/0.png"},
        "channel": {
            "id": "1012224565567721552",
            "type": "GuildTextChat",
            "categoryId": "748545324524575035",
            "category": "Text Channels",
            "name": "general",
            "topic": "Whatever has wheels",
        },
        "dateRange": {"after": None, "before": None},
    }
    with path.open("wb") as stream:
        stream.write(encode(head)[:-1] + b',"messages":[')
        for number in range(messages):
            moment = until - SPAN * (1 - number / messages)
            stream.write(b",\n" if number else b"\n")
            stream.write(encode(_message(number, moment, messages, dice)))
        stream.write(b'\n],"messageCount":%d}\n' % messages)


def _message(
    number: int, moment: datetime, messages: int, dice: random.Random
) -> dict[str, Any]:
    member = zipf(max(2, int(messages * MEMBERS)), dice)
    reactions = [
        {
            "emoji": {
                "id": "",
                "name": "👀",
                "code": "eyes",
                "isAnimated": False,
                "imageUrl": f"{_FILES}/1f440-1DC0B.svg",
            },
            "count": 1 + zipf(20, dice),
        }
    ]
    return {
        "id": str(FIRST_ID + number),
        "type": "Default",
        "timestamp": moment.isoformat(timespec="milliseconds"),
        "timestampEdited": None,
        "callEndedTimestamp": None,
        "isPinned": False,
        "content": words(dice),
        "author": {
            "id": str(FIRST_ID - member),
            "name": f"member_{member}",
            "discriminator": f"{member % 10_000:04}",
            "nickname": f"Member {member}",
            "color": None,
            "isBot": False,
            "roles": [],
            "avatarUrl": f"{_FILES}/{dice.getrandbits(128):032x}-8B00F.png",
        },
        "attachments": [],
        "embeds": [],
        "stickers": [],
        "reactions": reactions if dice.random() < 0.1 else [],
        "mentions": [],
    }


def measure(target: Target, path: Path) -> list[Relation]:
    """Land the export and run; what is stored then."""
    with target.connect(autocommit=True) as session:
        list(loading.load(session, [str(path)], loading.Declared("benchmarks")))
        outcome = runs.run(target, session, accept=True)
        if not outcome.is_successful:
            raise BenchmarkError(f"the run failed: {outcome.failures}")
        session.execute("vacuum (analyze)")
    return relations(target)

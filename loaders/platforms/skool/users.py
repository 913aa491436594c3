"""Accounts of Skool as its pages describe them; a part of `platforms.skool`.

Source: `user` of posts and comments, `users` of vote-users; camelCase or snake_case.
Shape:  an object in, a `User` and its profile out.
Units:  text.
Errors: RecordError naming the key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from loaders.parsing.builders import profile
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import NativeId, optional_identifier
from loaders.reading.json_values import members
from loaders.records import Profile

SKOOL = "skool"
SITE = "https://www.skool.com"
NONE = msgspec.Raw(b"")
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


class User(msgspec.Struct, gc=False):
    id: NativeId = None
    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None


_USER = Decoder(User)


def snake_case(raw: bytes) -> bytes:
    """The object with its keys spelled one way: pages differ, and some mix both."""
    told = members(raw).items()
    spelled = ((_CAPITAL.sub("_", key).lower(), value) for key, value in told)
    return b"{%s}" % b",".join(msgspec.json.encode(k) + b":" + v for k, v in spelled)


def user_of(raw: bytes) -> User:
    """Decode an account; what is none is an account without fields."""
    return _USER.decode(snake_case(raw)) if raw.startswith(b"{") else User()


def profile_of(user: User) -> Iterator[Profile]:
    """Describe an account that has an id and a name."""
    actor_id = optional_identifier(user.id, "user.id")
    name = " ".join(name for name in (user.first_name, user.last_name) if name) or None
    url = f"{SITE}/@{user.name}" if user.name else None
    if user.name or name:
        yield from profile(
            SKOOL, actor_id, username=user.name, display_name=name, profile_url=url
        )

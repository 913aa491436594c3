"""The account that an Instagram data download is of.

Source: personal_information.json, whose labels are in the exporter's language (see
        `meta.labels`); `profile.json` of 2020.
Shape:  the content of a file in; the account as other sources write it, `@username`, out.
Units:  none.
Errors: none; a file that names nobody gives None.
"""

from __future__ import annotations

import msgspec

from loaders.platforms.meta import labels
from loaders.platforms.meta.download import repaired

_FILES = (
    "personal_information/personal_information/personal_information.json",
    "personal_information/personal_information.json",
)
DEEPEST = 4  # folders above a chat: your_instagram_activity/messages/inbox/zoe_1
ACCOUNT_FILES = (  # from any file of a download, the nearest first
    "profile.json",  # in 2020 there were no folders
    *("../" * up + name for up in range(1, DEEPEST + 1) for name in _FILES),
)


class Value(msgspec.Struct, gc=False):
    value: str | None = None


class User(msgspec.Struct, gc=False):
    string_map_data: dict[str, Value] = {}


class Personal(msgspec.Struct, gc=False):
    profile_user: list[User]


class Profile2020(msgspec.Struct, gc=False):
    username: str


def account_of(content: bytes) -> str | None:
    """Return the account that a file of a download names, None where it names none."""
    content = content.removeprefix(b"\xef\xbb\xbf")
    shapes: tuple[type[Personal], type[Profile2020]] = (Personal, Profile2020)
    for shape in shapes:
        try:
            told: Personal | Profile2020 = msgspec.json.decode(content, type=shape)
        except msgspec.DecodeError:
            continue
        names = _names(told) if isinstance(told, Personal) else {told.username}
        handles = {name for name in names if labels.is_handle(name)}
        if len(handles) == 1:
            return f"@{handles.pop()}"
    return None


def _names(told: Personal) -> set[str]:
    """The values whose label says that they are the name of an account."""
    return {
        repaired(value.value) or ""
        for user in told.profile_user
        for label, value in user.string_map_data.items()
        if labels.meaning(label) == labels.OWNER
    }

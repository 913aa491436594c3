"""Which Discord channel a CSV export holds, read from where the file stands.

Source: names of files, since the exporter's CSV names no channel.
Shape:  `declares` returns `channel` (an id, or the folder's name) and `part`, each only where
        there is one; `title_of` a name for people. The channel is the id in brackets that the
        exporter puts into a file's name, else --account, else the name of the folder. A file
        named by a number alone is a part of the sequence in its folder: equal rows of two
        parts are two messages. A file named by the exporter holds its whole channel, so a
        later export of the channel holds the same messages. Another file in a folder that
        names the channel counts as a part, since it may be another channel's.
Units:  none.
Errors: none; without a folder and an account there is no channel.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import PurePath

_BRACKETED = re.compile(r"\[(\d{5,20})\]")
_PART = re.compile(r"\[part (\d{1,9})\]", re.IGNORECASE)
_ENDINGS = re.compile(r"\.(csv|txt|gz|zip)\b", re.IGNORECASE)
_ARCHIVE = re.compile(r"\.zip$", re.IGNORECASE)  # what stands in one has no other folder
_COPY = re.compile(r"( \(\d{1,3}\)| - copy( \(\d{1,3}\))?| copy( \d{1,3})?)$", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,30}", re.ASCII)


def declares(source: str, account: str | None) -> dict[str, str]:
    """Return the channel of a file and which part of it the file is, as far as it is known."""
    path, stem = _path_and_stem(source)
    if bracketed := _BRACKETED.findall(stem):
        return {"channel": bracketed[-1]}
    is_number = _NUMBER.fullmatch(stem) is not None
    if account is not None:
        return {"channel": account} | ({"part": str(int(stem))} if is_number else {})
    folder = _ARCHIVE.sub("", path.parent.name).strip()
    if not folder:
        return {}
    part = str(int(stem)) if is_number else _COPY.sub("", stem).casefold()
    return {"channel": folder, "part": part}


@lru_cache(maxsize=16)
def title_of(source: str, channel: str | None) -> str:
    """Return what people call the channel: `general` of `Garden - Text - general [123456]`."""
    _, stem = _path_and_stem(source)
    if found := _BRACKETED.search(stem):
        return stem[: found.start()].strip().rpartition(" - ")[2] or stem
    return channel or stem


@lru_cache(maxsize=16)
def partition_of(source: str) -> str | None:
    """Return the number of a file where the exporter splits a channel into several."""
    found = _PART.search(_path_and_stem(source)[1])
    return found[1] if found else None


def _path_and_stem(source: str) -> tuple[PurePath, str]:
    path = PurePath(source.replace("\\", "/"))
    return path, _ENDINGS.sub("", path.name).strip()

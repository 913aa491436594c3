"""Which platform and format a document is in.

Source: the modules of `loaders.platforms`, found by looking; each declares PLATFORM and
        FORMATS.
Shape:  a document in, one module and one of its formats out.
Units:  only the first 64 KiB are looked at.
Errors: RecognitionError, one sentence: no format matches, or several do.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Protocol, cast

from loaders import platforms
from loaders.documents import BOM, HEAD_BYTES, Document
from loaders.formats import Format


class PlatformModule(Protocol):
    """What a module in `loaders.platforms` declares."""

    PLATFORM: str
    FORMATS: tuple[Format, ...]


class RecognitionError(Exception):
    """A document is in no known format, or could be in several."""


class UnknownFormatError(RecognitionError):
    """A document is in none of the formats that were `expected`, by platform."""

    def __init__(self, sentence: str, expected: Mapping[str, Sequence[str]]) -> None:
        super().__init__(sentence)
        self.expected = expected


@cache
def modules() -> dict[str, PlatformModule]:
    """Return all platform modules by platform."""
    found = {}
    for info in pkgutil.iter_modules(platforms.__path__):
        module = importlib.import_module(f"{platforms.__name__}.{info.name}")
        if hasattr(module, "PLATFORM"):
            declared = cast(PlatformModule, module)
            found[declared.PLATFORM] = declared
    return dict(sorted(found.items()))


def recognise(document: Document, platform: str | None = None) -> tuple[PlatformModule, Format]:
    """Tell the format of a document, among all or among those of one platform."""
    candidates = modules()
    if platform is not None:
        if platform not in candidates:
            known = _either(list(candidates))
            raise RecognitionError(
                f"{platform!r} is not a known platform: it is one of {known}"
            )
        candidates = {platform: candidates[platform]}
    name = document.name
    if not document.head.removeprefix(BOM).strip() and len(document.head) < HEAD_BYTES:
        if platform is None:
            raise RecognitionError(f"{name} is empty: say its platform with --platform")
        return candidates[platform], candidates[platform].FORMATS[0]
    matches = [
        (module, fmt)
        for module in candidates.values()
        for fmt in module.FORMATS
        if fmt.recognises(document.head)
    ]
    if len({module.PLATFORM for module, _ in matches}) > 1:
        which = _either([module.PLATFORM for module, _ in matches])
        raise RecognitionError(f"{name} could be {which}: say which with --platform")
    if matches:
        return matches[0]  # within a platform the order of FORMATS decides
    expected = {
        module.PLATFORM: [fmt.expects for fmt in module.FORMATS]
        for module in candidates.values()
    }
    which = (
        "none of the known formats" if platform is None else f"no known format of {platform}"
    )
    raise UnknownFormatError(f"{name} is {which}", expected)


def _either(words: list[str]) -> str:
    words = list(dict.fromkeys(words))
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"

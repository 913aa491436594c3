"""Registry of platforms: which platform and format a document is in.

Source: the modules of `loaders.platforms`, found by looking; each declares PLATFORM and
        FORMATS.
Shape:  a document in, one module and one of its formats out.
Units:  its outline is looked at (`loaders.reading.outlining`): what tells a format may stand
        anywhere.
Errors: RecognitionError, one sentence: no format matches, or several do.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Protocol, cast

from loaders import platforms
from loaders.parsing.formats import Csv, Format
from loaders.reading.csv_stream import standard
from loaders.reading.documents import BOM, HEAD_BYTES, Document
from loaders.reading.outlining import outlined


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
    evidence = outlined(document)
    matches = _matches(candidates, evidence, is_declared=platform is not None)
    if matches and platform is None and matches[0][1].recognises_declared is not None:
        matches = _named(candidates, evidence, document.place) or matches
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
    if platform is not None and (others := _matches(modules(), evidence)):
        which += f"; it looks like {_either([module.PLATFORM for module, _ in others])}"
    raise UnknownFormatError(f"{name} is {which}", expected)


def _matches(
    candidates: Mapping[str, PlatformModule], evidence: bytes, is_declared: bool = False
) -> list[tuple[PlatformModule, Format]]:
    formats = [(module, fmt) for module in candidates.values() for fmt in module.FORMATS]
    found = [told for told in formats if _recogniser(told[1], is_declared)(evidence)]
    return found or [
        (module, fmt)
        for module, fmt in formats
        if isinstance(fmt.container, Csv)
        and (rewritten := standard(evidence, fmt.container.delimiter)) != evidence
        and _recogniser(fmt, is_declared)(rewritten)
    ]


def _named(
    candidates: Mapping[str, PlatformModule], evidence: bytes, place: str
) -> list[tuple[PlatformModule, Format]]:
    """The formats that it could be, where its folders name one platform that has such a one."""
    found = [
        (module, fmt)
        for module, fmt in _matches(candidates, evidence, is_declared=True)
        if fmt.recognises_declared is not None and module.PLATFORM in place.lower()
    ]
    return found if len({module.PLATFORM for module, _ in found}) == 1 else []


def _recogniser(fmt: Format, is_declared: bool) -> Callable[[bytes], bool]:
    """How a format is recognised: some cannot be told apart unless the platform is declared."""
    return (fmt.recognises_declared if is_declared else None) or fmt.recognises


def _either(words: list[str]) -> str:
    words = list(dict.fromkeys(words))
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"

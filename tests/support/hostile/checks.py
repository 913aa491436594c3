"""Check of what a loader makes of a hostile document."""

from __future__ import annotations

import re

from platform_files import is_as_delivered, landed, rejected

from hostile.document import Hostile
from hostile.places import texts_of
from loaders.records import Outcome

_ADDRESS = re.compile(rb"email:[0-9a-f]{32}|[\w.+-]+@[\w.-]+")


def check(made: Hostile, outcomes: list[Outcome]) -> None:
    """What was put in has landed as it was, or is in a reject; nothing is left over."""
    numbers = [outcome.line_no for outcome in outcomes]
    assert numbers == list(range(1, len(outcomes) + 1)), made.name
    if made.n_in is not None:
        assert len(outcomes) == made.n_in, made.name
    for reject in rejected(outcomes):
        delivered = made.content[reject.byte_offset :][: reject.byte_count]
        assert len(delivered) == reject.byte_count, made.name
        assert _is_as_delivered(reject.raw, delivered[: len(reject.raw)]), made.name
    texts = texts_of(landed(outcomes))
    lost = [made.texts[token] for token in made.kept if made.texts[token] not in texts]
    assert not lost, (made.name, lost[:3])


def _is_as_delivered(kept: bytes, delivered: bytes) -> bool:
    """Return whether both are equal except for stand-ins, also those of addresses in ids."""
    if kept == delivered or is_as_delivered(kept, delivered):
        return True
    return is_as_delivered(_ADDRESS.sub(b"?", kept), _ADDRESS.sub(b"?", delivered))

"""What the tracking API keeps of an item parses to the same, and says nothing else."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from loaders.parsing.formats import Context
from loaders.platforms.product import tracking
from loaders.reading.checking import ESCAPED_NUL, checked
from loaders.records import Interaction
from warehouse.web.access import Allowance
from warehouse.web.tracking import check

WORDS = st.text(min_size=1, max_size=8)
# a word of NUL characters alone is empty once they are left out, and kept as none
PRINTED = WORDS.filter(lambda word: "\0" not in word)
TIMES = st.datetimes(datetime(1990, 1, 2), datetime(2099, 1, 1)).map(  # noqa: DTZ001
    lambda at: at.isoformat() + "+02:00"
)
METADATA = st.dictionaries(
    st.sampled_from(["duration", "scroll_depth", "source", "method", "ip"]),
    st.one_of(st.integers(-5, 200), st.floats(-5, 200), PRINTED, st.booleans()),
)
ITEMS = st.fixed_dictionaries(
    {"interaction_type": WORDS, "post_id": st.one_of(WORDS, st.integers(0, 10**9))},
    optional={
        "event_id": st.one_of(WORDS, st.integers(0, 10**9)),
        "user_id": st.one_of(WORDS, st.just("Ada@b.example")),
        "occurred_at": TIMES,
        "metadata": METADATA,
    },
)


def parsed(raw: bytes, delivery: bytes | None = None) -> list[Any]:
    """Return what the loader makes of an item."""
    records = tracking.parse(raw, Context(parent=delivery))
    return list(checked(records, is_suspect=ESCAPED_NUL in raw))


@given(ITEMS)
def test_a_kept_item_parses_to_the_same(item: dict[str, Any]) -> None:
    raw = json.dumps(item).encode()
    for kept in check([raw])[0]:
        assert parsed(msgspec.json.encode(kept)) == parsed(raw)
        assert kept == check([msgspec.json.encode(kept)])[0][0]


def test_equal_items_of_two_requests_are_two_interactions() -> None:
    """Without an `event_id` the key is weak, but no answered event is lost to it."""
    raw = b'{"interaction_type": "view", "post_id": "p1"}'
    (one,), (other,) = parsed(raw, b'"a"'), parsed(raw, b'"b"')
    assert isinstance(one, Interaction) and one.key_quality == "weak"
    assert one.native_id != other.native_id
    named = raw[:-1] + b', "event_id": "e1"}'
    assert parsed(named, b'"a"') == parsed(named, b'"b"')


def test_a_token_waits_for_its_own_allowance_only() -> None:
    now = [100.0]
    allowance = Allowance(10, 20, lambda: now[0])
    assert allowance.take("one", 20) == 0
    assert allowance.take("one", 5) == 0.5
    assert allowance.take("other", 20) == 0
    now[0] += 0.5
    assert allowance.take("one", 5) == 0
    assert allowance.take("one") > 0

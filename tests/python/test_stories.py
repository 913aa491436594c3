"""Short chronicles over real dbt: after each run every mart equals the oracle."""

from __future__ import annotations

import pytest
from chronicle import Chronicle
from grounds import Grounds
from stories import STORIES, Story


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_marts_equal_the_oracle(grounds: Grounds, story: Story) -> None:
    chronicle = Chronicle(grounds)
    try:
        story(chronicle)
    finally:
        chronicle.end()

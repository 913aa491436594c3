"""What a publication knows of marts holds for the marts that there are."""

from __future__ import annotations

import re

import pytest
from copies import ROOT

from warehouse.lake.orders import order_of
from warehouse.lake.publish import TIMES
from warehouse.web import contracts
from warehouse.web.resources import LISTS


def test_marts_of_single_interactions_have_their_times() -> None:
    for mart, time in TIMES.items():
        types = contracts.types(mart)
        assert types[time] == types["received_at"] == "timestamp with time zone"
    of_interactions = {
        mart
        for mart in contracts.names()
        if re.match(r"One row per interaction(?!,)\b", contracts.description(mart))
    }
    assert of_interactions <= TIMES.keys()


@pytest.mark.parametrize("mart", contracts.names())
def test_a_mart_with_an_order_keeps_it(mart: str) -> None:
    (file,) = (ROOT / "models" / "marts").glob(f"*/{mart}.sql")
    is_ordered = re.search(r"^order by ", file.read_text("utf-8"), re.MULTILINE) is not None
    is_relied_on = any(
        each.mart == mart and sort.is_of_the_mart for each in LISTS for sort in each.sorts
    )
    assert (order_of(mart) is not None) == (is_ordered or is_relied_on)


def test_an_order_is_that_of_the_statement() -> None:
    order = order_of("engagement_alerts")
    assert order is not None
    assert order.as_string() == (
        '"workspace_id" asc, "severity" desc, "since" desc, "follower_id" asc, "alert_kind" asc'
    )

"""What a person has chosen of a table: filters and days, as parameters and as chips.

Source: the parameters of an address.
Shape:  `checked` has the parameters of a list, `chips` the filters with links away from them.
Units:  a chosen day is one of the workspace's zone; the last one is included.
Errors: ProblemError 422 for a value that cannot be.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError

from warehouse.web import contracts, parameters, problems
from warehouse.web.pages import values
from warehouse.web.pages.tables import Filter, Table
from warehouse.web.parameters import BEFORE, SUFFIXES, ListParameters
from warehouse.web.problems import ProblemError
from warehouse.web.resources import List

if TYPE_CHECKING:
    from warehouse.web.pages.visit import Visit

DAY = "date"  # the type of such a column


class Chip(NamedTuple):
    """A filter that is set: what it is, and the address without it."""

    label: str
    value: str
    url: str


def given(table: Table, asked: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters of a table that a person has set, without their prefix."""
    begin = len(table.prefix)
    return {
        name[begin:]: value
        for name, value in asked.items()
        if name.startswith(table.prefix) and value.strip()
    }


def checked(
    table: Table, resource: List, asked: Mapping[str, str], zone: tzinfo
) -> ListParameters:
    """Return the parameters of a list, as its operation takes them."""
    ranged = {name + suffix for name in resource.ranges for suffix in SUFFIXES}
    offered = {*resource.filters, *(each.name for each in resource.memberships), *ranged}
    filters = {each.name for each in table.filters} & offered
    known = {"sort", "cursor", *filters}
    chosen = {name: each for name, each in given(table, asked).items() if name in known}
    types = contracts.types(resource.mart)
    for each in table.filters:
        if each.name in chosen and each.is_day:
            is_day = types[each.column] == DAY
            chosen[each.name] = _bound(chosen[each.name], each, zone, is_day=is_day)
    model = parameters.model(resource)
    try:
        return model(limit=table.limit, **chosen)
    except ValidationError as error:
        raise ProblemError(422, problems.invalid(error.errors())) from None


def _bound(text: str, chosen: Filter, zone: tzinfo, *, is_day: bool) -> str:
    """Return where a range begins or ends: a day, or its first instant."""
    with suppress(ValueError, OverflowError):
        day = date.fromisoformat(text)
        if chosen.name.endswith(BEFORE):
            day += timedelta(days=1)
        if is_day:
            return day.isoformat()
        return datetime.combine(day, time.min, zone).isoformat()
    return text  # which the list refuses


def chips(visit: Visit, table: Table) -> list[Chip]:
    """Return the filters of a table that are set."""
    found = []
    for each in table.filters:
        name = f"{table.prefix}{each.name}"
        value = visit.parameters.get(name, "").strip()
        if value:
            is_free = each.choices is None and visit.choices(each.name) is None
            shown = value if is_free else values.words(value)
            if each.is_day:
                shown = values.day(value)
            url = visit.here(**{name: None, f"{table.prefix}cursor": None})
            found.append(Chip(each.label, shown, url))
    return found

"""The parameters of an operation, as a model that FastAPI checks and documents.

Source: a resource and the contract of its mart.
Shape:  a pydantic model per operation; a parameter that it does not have is refused.
Units:  dates and times ISO 8601; a time has a zone.
Errors: pydantic's, which become a problem with status 422.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    create_model,
)

from warehouse.web import contracts
from warehouse.web.resources import HIDDEN, REASON, List
from warehouse.web.statements import Condition

MOST_ITEMS = 200
DEFAULT_ITEMS = 50
FROM, BEFORE = "_from", "_before"
SUFFIXES = {FROM: (">=", "that or later"), BEFORE: ("<", "earlier than that")}

_EXACT = 2**63


def _date(value: object) -> date:
    """Read a date as text; pydantic also takes a number of seconds."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError("write a day like 2026-03-01") from None


def _time(value: object) -> datetime:
    """Read a time as text, with its zone."""
    with suppress(ValueError):
        found = datetime.fromisoformat(str(value))
        if found.tzinfo is not None:
            return found
    raise ValueError("write a time with its zone, like 2026-03-01T12:00:00Z")


Text = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")]
_TYPES: dict[str, Any] = {
    "text": Text,
    "uuid": UUID,
    "boolean": bool,
    "bigint": Annotated[int, Field(ge=-_EXACT, lt=_EXACT)],
    "integer": Annotated[int, Field(ge=-(2**31), lt=2**31)],
    "numeric": Annotated[Decimal, Field(max_digits=40, allow_inf_nan=False)],
    "date": Annotated[
        date, BeforeValidator(_date), WithJsonSchema({"type": "string", "format": "date"})
    ],
    "timestamp with time zone": Annotated[
        datetime,
        BeforeValidator(_time),
        WithJsonSchema({"type": "string", "format": "date-time"}),
    ],
}


class Parameters(BaseModel):
    """What every operation takes."""

    model_config = ConfigDict(extra="forbid")

    workspace: Text | None = Field(
        None, description="The workspace, where there are several and the token is for all."
    )


class ListParameters(Parameters):
    """What every list takes."""

    limit: int = Field(
        DEFAULT_ITEMS, ge=1, le=MOST_ITEMS, description="How many items to answer at most."
    )
    cursor: Annotated[str, StringConstraints(max_length=2000)] | None = Field(
        None, description="The `next` of the answer before; the other parameters stay the same."
    )
    sort: str


def model(resource: List) -> type[ListParameters]:
    """Return the model of the parameters of a list."""
    columns = {column.name: column for column in contracts.columns(resource.mart)}
    names = tuple(sort.name for sort in resource.sorts)
    fields: dict[str, Any] = {
        "sort": (
            Literal[names],
            Field(
                names[0], description="The order of items; - is descending. Nulls come last."
            ),
        )
    }
    for name in resource.filters:
        fields[name] = _optional(columns[name], "Only items with this value.")
    for each in resource.memberships:
        column = next(
            column for column in contracts.columns(each.mart) if column.name == each.column
        )
        fields[each.name] = _optional(column, f"Only items with this {each.name}.")
    for name in resource.ranges:
        for suffix, (_, words) in SUFFIXES.items():
            fields[name + suffix] = _optional(columns[name], f"Only items with {words}.")
    title = "".join(word.title() for word in resource.mart.split("_"))
    return create_model(f"{title}Parameters", __base__=ListParameters, **fields)


def conditions(resource: List, given: ListParameters) -> list[Condition]:
    """Return what the filters and ranges of a request ask for, without hidden accounts."""
    wanted = [
        Condition(name, "=", value)
        for name in resource.filters
        if (value := getattr(given, name)) is not None
    ]
    wanted += [
        Condition(each.key, "=", value, each)
        for each in resource.memberships
        if (value := getattr(given, each.name)) is not None
    ]
    wanted += [
        Condition(name, operator, value)
        for name in resource.ranges
        for suffix, (operator, _) in SUFFIXES.items()
        if (value := getattr(given, name + suffix)) is not None
    ]
    if REASON in contracts.types(resource.mart):
        wanted += [Condition(REASON, "is distinct from", reason) for reason in HIDDEN]
    return wanted


def _optional(column: contracts.Column, purpose: str) -> tuple[Any, Any]:
    return (
        _TYPES[column.data_type] | None,
        Field(None, description=f"{purpose} {column.description}"),
    )

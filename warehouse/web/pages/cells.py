"""Values of rows as HTML: one function per kind of column.

Source: a row, a column or fact of a page, and the visit whose addresses and zone count.
Shape:  text, or HTML in which every value is escaped; null is a dash. A page has hundreds, so
        they are functions and not a part of the template.
Units:  times in the workspace's zone.
Errors: KeyError for a column that the row does not have.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from markupsafe import Markup, escape

from warehouse.web.pages import values
from warehouse.web.pages.tables import Column, Row

if TYPE_CHECKING:
    from warehouse.web.pages.visit import Fact, Visit

VIP_REASONS = {  # as alerts say them
    "vip_status": "declared",
    "interaction_count": "many interactions",
    "follower_count": "many followers",
    "is_verified": "verified",
}
SENTIMENTS = {"positive": "☺ positive", "negative": "☹ negative", "neutral": "· neutral"}


def cell(row: Row, column: Column | Fact, visit: Visit) -> str:
    """Return the value of a column as its page shows it."""
    key = row[column.key] if column.key else None
    value = row[column.name]
    for name in column.otherwise:
        value = row[name] if value is None else value
    return KINDS.get(column.kind, _text)(value, key, visit)


def _text(value: Any, _: Any, __: Visit) -> str:
    return values.NONE if value is None or value == "" else _apart(value)


def _time(value: Any, _: Any, visit: Visit) -> str:
    return _instant(value, values.time(value, visit.zone), visit.ago(value))


def _id(value: Any, _: Any, __: Visit) -> str:
    if not value:
        return values.NONE
    return Markup('<code class="id" title="One click selects it">{}</code>').format(value)


def _day(value: Any, _: Any, __: Visit) -> str:
    return _instant(value, values.day(value))


def _instant(value: Any, said: str, ago: str = "") -> str:
    if value is None:
        return values.NONE
    title = Markup(' title="{}"').format(ago) if ago else ""
    return Markup('<time datetime="{}"{}>{}</time>').format(value, title, said)


def _about(place: str) -> Callable[[Any, Any, Visit], str]:
    """Return what links to the page of a thing; without a key there is none."""

    def write(value: Any, key: Any, visit: Visit) -> str:
        if key:
            return _link(visit.url(f"{place}/{quote(str(key), safe='')}"), value)
        return _apart(value) if value else values.NONE

    return write


def _issue(value: Any, _: Any, visit: Visit) -> str:
    link = _about("issues")(value, value, visit)
    return Markup('<span class="whole">{}</span>').format(link) if value else link


def _reason(value: Any, _: Any, __: Visit) -> str:
    said = VIP_REASONS.get(value) or values.words(value)
    return Markup('<span class="whole">{}</span>').format(said) if value else said


def _address(value: Any, _: Any, __: Visit) -> str:
    if is_web_address(value):
        return _outside_link(
            value, Markup('open<span class="unseen"> on the platform, in a new tab</span>')
        )
    return _apart(value) if value else values.NONE


def _outside(value: Any, key: Any, __: Visit) -> str:
    if is_web_address(key):
        return _outside_link(key, _apart(value or "untitled"))
    return _apart(value) if value else values.NONE


def _tier(value: Any, _: Any, __: Visit) -> str:
    if not value:
        return values.NONE
    return Markup('<span class="tier {}">{}</span>').format(value, values.words(value))


def _yes(value: Any, _: Any, __: Visit) -> str:
    return values.NONE if value is None else "yes" if value else "no"


def _names(value: Any, _: Any, visit: Visit) -> str:
    return (
        Markup(", ").join(
            _about("followers")(each["username"], each["follower_id"], visit)
            if each.get("follower_id")
            else _apart(each.get("channel_name") or "unnamed")
            for each in value or ()
        )
        or values.NONE
    )


def _link(url: str, text: Any) -> Markup:
    return Markup(f'<a href="{escape(url)}">{_apart(text or "unnamed")}</a>')


def _outside_link(url: Any, inside: Markup) -> Markup:
    return Markup(
        f'<a href="{escape(url)}" rel="noopener noreferrer" target="_blank">{inside}</a>'
    )


def _apart(text: Any) -> Markup:
    """Return a text of others: its direction changes nothing around it."""
    return Markup(f"<bdi>{escape(text)}</bdi>")


def is_web_address(value: Any) -> bool:
    """Whether a text of strangers may become a link."""
    try:
        found = urlsplit(str(value))
    except ValueError:
        return False
    return found.scheme in ("http", "https") and bool(found.netloc)


KINDS: dict[str, Callable[[Any, Any, Visit], str]] = {
    "number": lambda value, _, __: values.number(value),
    "percent": lambda value, _, __: values.percent(value),
    "duration": lambda value, _, __: values.duration(value),
    "words": lambda value, _, __: values.words(value),
    "sentiment": lambda value, _, __: SENTIMENTS.get(value, value) or values.NONE,
    "time": _time,
    "id": _id,
    "day": _day,
    "follower": _about("followers"),
    "content": _about("content"),
    "community": _about("communities"),
    "issue": _issue,
    "reason": _reason,
    "address": _address,
    "outside": _outside,
    "tier": _tier,
    "yes": _yes,
    "names": _names,
}

"""Search: people and content whose names hold some words.

Source: followers, content_items.
Shape:  one page with two tables of 25 rows at most.
Errors: none of its own.
"""

from __future__ import annotations

from warehouse.web.pages.tables import Column, Table
from warehouse.web.pages.visit import Page, View, Visit

PEOPLE = Table(
    name="people",
    title="People",
    source="found_people",
    columns=(
        Column("username", "Name", "follower", "follower_id"),
        Column("display_name", "Shown as"),
        Column("platform", "Platform", "words"),
        Column("is_eligible", "In leaderboards", "yes"),
        Column("last_seen", "Last seen", "time"),
    ),
    empty="Nobody's name holds these words; try fewer letters.",
    mart="followers",
)
CONTENT = Table(
    name="content",
    title="Content",
    source="found_content",
    columns=(
        Column("title", "Title", "content", "content_id"),
        Column("slug", "Slug"),
    ),
    empty="No content has these words in its title; try fewer letters.",
    mart="content_items",
)


def _found(visit: Visit) -> View:
    words = visit.values()["q"]
    if not words:
        return View(lead="Write a part of a name or a title into the field above.")
    return View(heading=f"Search: {words}")


SEARCH = Page(
    path="search",
    title="Search",
    lead="At most 25 of each, those seen last first.",
    place="search",
    tables=(PEOPLE, CONTENT),
    build=_found,
)

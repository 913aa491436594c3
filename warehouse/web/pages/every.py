"""All pages; an address with a placeholder comes after those without."""

from __future__ import annotations

from warehouse.web.pages.communities import COMMUNITIES, COMMUNITY
from warehouse.web.pages.content import CONTENT, CONTENT_ITEM
from warehouse.web.pages.followers import FOLLOWER, FOLLOWERS
from warehouse.web.pages.glance import GLANCE
from warehouse.web.pages.health import HEALTH
from warehouse.web.pages.issues import ISSUE, ISSUES
from warehouse.web.pages.participants import PARTICIPANTS
from warehouse.web.pages.product import LIVE, PRODUCT
from warehouse.web.pages.search import SEARCH

PAGES = (
    *(GLANCE, CONTENT, CONTENT_ITEM, FOLLOWERS, FOLLOWER, PARTICIPANTS, ISSUES, ISSUE),
    *(COMMUNITIES, COMMUNITY, PRODUCT, LIVE, HEALTH, SEARCH),
)

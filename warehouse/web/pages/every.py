"""All pages."""

from __future__ import annotations

from warehouse.web.pages.content import CONTENT, CONTENT_ITEM
from warehouse.web.pages.followers import FOLLOWER, FOLLOWERS
from warehouse.web.pages.glance import GLANCE

PAGES = (GLANCE, CONTENT, CONTENT_ITEM, FOLLOWERS, FOLLOWER)

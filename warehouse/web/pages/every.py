"""All pages."""

from __future__ import annotations

from warehouse.web.pages.followers import FOLLOWER, FOLLOWERS

PAGES = (FOLLOWERS, FOLLOWER)

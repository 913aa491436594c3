"""Words of the random histories: platforms, ids and texts that often go wrong, and units."""

from __future__ import annotations

from datetime import timedelta

PLATFORMS = ("tiktok", "instagram", "youtube", "facebook", "discord", "product")
UNKNOWN_PLATFORM = "forum"
UNKNOWN_TYPES = ("boop", "Comment", "super_like")
COMMON_TYPES = ("comment", "comment", "like", "like", "share", "save", "link_click", "view")
METRICS = ("comment", "like", "share", "view", "mystery_metric")
TIME_ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata")
ACTOR_IDS = ("42", "anna", "Anna", "bob@example", "ü-7", "o'neil", "back\\slash", "9" * 19)
POST_IDS = ("p1", "p2", "p3", "42", "post:é", 'quoted "id"', "a b", "p8")
CONTENT_IDS = ("launch", "épisode-2", "42")
DECISIONS = (
    *("blocked", "vip", "normal", "bot", "not_bot", "staff", "not_staff"),
    *("opted_out", "opted_in"),
)
TEXTS = (
    "",
    "great",
    "naïve café",
    "👍🏽 👩‍👩‍👧 🇩🇪",
    "שלום عالم",
    'she said "hi", it\'s ok',
    "C:\\new\\table \\u0041 \\N",
    "line one\nline two\ttab",
    "null",
    "{'not': json} -- ; drop",
    "  spaces  ",
    "語" * 300,
)
NO_NAMES = ("", " ", "\u200b", "\u00a0\n")
WEEKS = 20
MICROSECOND = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

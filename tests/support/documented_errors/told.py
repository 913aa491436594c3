"""What an error is, and the words that many sentences share.

Units:  THEN stands for a time, HOST for that of a declared API.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

THEN = "THEN"
LATER = f"pull again after {THEN} UTC."
RENEW = "it may have expired: get another one and set that variable."
MANY = "wants no more requests now"
TOKEN = "refuses the token in WAREHOUSE_TEST_TOKEN"
NO = "refused it with status"


class Told(NamedTuple):
    """An error of a platform, as it arrives, and the sentence that tells of it."""

    platform: str
    name: str
    status: int
    body: Any
    sentence: str
    headers: Mapping[str, str] = {}

"""LinkedIn comments, reactions, posts and messages -> raw records.

Source: elements of the comments and reactions APIs (pages with `elements`, or one after
        another); the CSV files of a data export (`export`).
Export: Save the answers of the comments and reactions APIs for your organisation's posts. Or
        request a copy of your data in the settings (data privacy) and unpack the archive.
Shape:  Each element or row is an interaction. The accounts that a comment names are mentions,
        and what it answers is a post. Keys of the API are URNs; a missing one is built from
        the object of the answer. Accounts are URNs without a name. Likes of a comment that
        are only counted are a counter.
Units:  The API gives epoch milliseconds. The export gives UTC without saying so, unless you
        declare a zone.
Errors: RecordError naming the key; the rest of the page or file still lands.
"""

from __future__ import annotations

from loaders.platforms.linkedin import elements, export
from loaders.platforms.linkedin.urns import LINKEDIN

PLATFORM = LINKEDIN

FORMATS = (
    *elements.FORMATS,
    *export.FORMATS,
)

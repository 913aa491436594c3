"""The durable spool between HTTP requests and the database.

Source: bodies that `POST /api/track` and webhooks accepted.
Shape:  `Spool` keeps them in files, `Lander` loads these.
Errors: SpoolError for a body that cannot be kept; nothing of it stays then.
"""

from __future__ import annotations

from warehouse.spool.journal import FullError, Limits, Spool, SpoolError
from warehouse.spool.landing import Lander
from warehouse.spool.segments import Record

__all__ = ["FullError", "Lander", "Limits", "Record", "Spool", "SpoolError"]

"""Errors that the platforms document, as they arrive, and the sentence that tells of each.

Shape:  one `Told` per error: what arrives, and what a person reads behind the source's name. A
        module per platform; Instagram shares the errors of `graph`.
"""

from __future__ import annotations

from documented_errors.chats import DISCORD, TELEGRAM
from documented_errors.declared import OTHERS
from documented_errors.graph import GRAPH
from documented_errors.linear import LINEAR
from documented_errors.told import THEN, Told
from documented_errors.x import X
from documented_errors.youtube import YOUTUBE

DOCUMENTED = (*YOUTUBE, *GRAPH, *X, *LINEAR, *TELEGRAM, *DISCORD, *OTHERS)

__all__ = ["DOCUMENTED", "THEN", "Told"]

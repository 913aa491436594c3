"""Tells one story in the project that this module is a part of: `python -m telling STORY
DATABASE TEMPLATE`.

Shape:  on standard output what the story found; nothing where all is well.
Errors: a traceback and exit code 1 where the story could not be begun.
"""

from __future__ import annotations

import sys

from chronicle import Chronicle
from copies import ROOT
from grounds import Grounds
from stories import STORIES


def main(name: str, database: str, template: str) -> None:
    """Tell the story of a name in a copy of the template."""
    story = next(each for each in STORIES if each.__name__ == name)
    chronicle = Chronicle(Grounds(ROOT, database, template))
    try:
        story(chronicle)
    except Exception as found:  # a difference, or what dbt or the server refuses
        sys.stdout.write(f"{type(found).__name__}: {found}\n")
    finally:
        chronicle.end()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The page of an export: what the archive is and what each file in it holds, for the person.

Source: who the person is; the files with their numbers of rows and their descriptions.
Shape:  text of lines that fit on a screen. A table of `raw` is explained in the person's words,
        not in those of its description, which is for people who run the warehouse.
Units:  numbers of rows.
Errors: none; a test fails where a table that can hold a person is not explained.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

WIDTH = 88
# by schema, in the order of the page
HEADINGS = {
    "raw": "What was received about this person, and what was recorded",
    "marts": "What was computed from it: counts, scores, lists",
    "seeds": "Settings that name this person",
}
TABLES = {
    "raw.archived_interactions": "Counts of old actions whose texts and details were deleted "
    "after the time for which they are kept.",
    "raw.archived_views": "How long old views of posts lasted, of nobody in particular.",
    "raw.content": "Articles, videos and the like whose title, address or tags name the "
    "person, and the posts that belong to them.",
    "raw.counters": "Numbers that a platform reported for posts of the person, such as "
    "views. They do not say who viewed.",
    "raw.decisions": "What somebody here decided about the person, when and why: for "
    "example to treat them as important, or to leave them out.",
    "raw.identity_evidence": "Statements of a source that two accounts belong to one "
    "person, as when a visitor logs in.",
    "raw.interactions": "What the person did or wrote, as the platform told it: comments, "
    "messages, likes, views. Something that was edited has a line for each version. Lines "
    "without actor_id are of others who wrote to or about this person.",
    "raw.labels": "Whether a program took a text of the person for positive, neutral or "
    "negative. The text itself is in raw/interactions.ndjson.",
    "raw.landing_checks": "Results of a check of received files whose words name the person.",
    "raw.load_notes": "Remarks about received files whose words name the person.",
    "raw.loads": "Files and messages that were received whose names name the person.",
    "raw.notifications": "Alerts about the person that were sent to the people who work "
    "here, and when. Their texts are not kept.",
    "raw.posts": "Posts, videos or channels of the person, or whose title names the person.",
    "raw.privacy_requests": "Earlier requests of the person, such as an export like this.",
    "raw.profiles": "How a platform described the account: name, address, number of "
    "followers. There is a line for each time that it was told.",
    "raw.pull_cursors": "How far a regular download of posts has come, where that names "
    "the person or something they wrote.",
    "raw.pull_sources": "Regular downloads whose last problem names the person.",
    "raw.purged_interactions": "Codes of old actions that were deleted after the time for "
    "which they are kept. They keep the same action from being stored again.",
    "raw.rejects": "Records that could not be understood, and why. They were not counted.",
    "raw.run_problems": "Problems of the warehouse whose words name the person.",
    "raw.seed_holds": "Settings that are wrong, and why, where that names the person.",
    "raw.tenants": "Who gave a client a login, where that names the person.",
}

_READ = """\

How to read it

Every file ends in .ndjson. It is plain text with one line per row: open it with any
text editor. A line is a list of names and values in braces, such as

    {"platform": "instagram", "text": "Lovely!", "occurred_at": "2026-03-01T10:00:00+00:00"}

which says that on March 1 at 10:00 (UTC) somebody wrote "Lovely!" on Instagram.

- null means: not known, does not apply, or left out because it is about somebody else.
- A name that ends in _at is a time, in UTC. One that ends in _id is a number or code
  that a platform or this warehouse gave to an account, a post or an action.
- A line may be about something that somebody else did: they wrote to or about this
  person. It then says only what is about this person. Names and ids of others are null.
- The same thing may be in several files: what was received is kept, and what is
  computed from it is kept beside it.
- A follower, participant or user is an account on one platform. An interaction is what
  it did there: a comment, message, like or view. A content item is an article, video or
  the like, on one or more platforms. A score is a number of points for interactions.
  Who is not eligible is in no ranking; exclusion_reason says why.

values.txt lists the names and codes by which the person is known here, one a line.
Keep it, and the whole archive, as private as a letter.
"""


def page(accounts: str, workspace: str, day: str, files: Mapping[str, tuple[int, str]]) -> str:
    """Return the page. `files`: by schema and relation the rows and what is said of it."""
    title = f"What is stored about {accounts}"
    about = (
        f"This archive holds everything that the warehouse stores about {accounts} in the "
        f"workspace {workspace}. A workspace is one organisation or project whose posts and "
        f"communities are looked at. The archive was made on {day}."
    )
    text = f"{title}\n{'=' * len(title)}\n\n{_filled(about)}\n{_READ}"
    for schema, heading in HEADINGS.items():
        of_schema = {
            name: told for name, told in files.items() if name.startswith(f"{schema}.")
        }
        if not of_schema:
            continue
        text += f"\n{heading}\n{'-' * len(heading)}\n"
        for name, (count, said) in of_schema.items():
            lines = "1 line" if count == 1 else f"{count:,} lines"
            text += f"\n{name.replace('.', '/')}.ndjson, {lines}\n"
            text += f"{_filled(TABLES.get(name) or _first_sentence(said), 4)}\n"
    return text


def _filled(text: str, indent: int = 0) -> str:
    """Return a text in lines that fit; words stay whole."""
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _first_sentence(text: str) -> str:
    """Return what a row of a relation is; the rest tells analysts how to ask."""
    return text.partition(". ")[0].removesuffix(".") + "."
